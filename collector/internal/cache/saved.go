package cache

import "time"

// A Saved is a value with its key and age, as kept across restarts.
type Saved[K comparable, V any] struct {
	Key   K
	Value V
	Age   time.Duration // since its request was sent
}

// Changes counts the changes of values and keys.
func (c *Cache[K, V]) Changes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes
}

// Save returns all values.
func (c *Cache[K, V]) Save() []Saved[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Saved[K, V], 0, len(c.entries))
	for k, e := range c.entries {
		if e.version > 0 {
			all = append(all, Saved[K, V]{k, e.value, time.Since(e.sent)})
		}
	}
	return all
}

// Restore adds a value that another process saved, unless the key has a value. While the
// value is not due, the last call counts as successful.
func (c *Cache[K, V]) Restore(s Saved[K, V], p Policy[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(s.Key)
	if e.version > 0 {
		return
	}
	e.value, e.sent, e.version = s.Value, time.Now().Add(-max(0, s.Age)), 1
	e.ok = e.isFresh(p)
	c.changes++
}
