package exposition

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"net"
)

// A block is compressed text that ends at a byte boundary. Blocks that follow each
// other are one DEFLATE stream, because none refers to the text of another.
type block struct {
	deflated []byte
	size     int    // of the text
	crc      uint32 // CRC-32 of the text
	shift    uint32 // x^(8·size) modulo the polynomial of CRC-32
}

// A compressor makes blocks.
type compressor struct {
	buffer bytes.Buffer
	writer *flate.Writer
}

func newCompressor(level int) *compressor {
	w, _ := flate.NewWriter(nil, level) // the levels of this package are valid
	return &compressor{writer: w}
}

func (c *compressor) block(text []byte) block {
	c.buffer.Reset()
	c.writer.Reset(&c.buffer)
	_, _ = c.writer.Write(text) // writing to a buffer never fails
	_ = c.writer.Flush()
	return block{bytes.Clone(c.buffer.Bytes()), len(text), crc32.ChecksumIEEE(text), shift(len(text))}
}

// A member builds a gzip file with one member (RFC 1952).
type member struct {
	parts net.Buffers
	size  int // of the text, as is crc
	crc   uint32
}

func newMember() *member {
	const deflate, unknownSystem = 8, 255
	return &member{parts: net.Buffers{{0x1f, 0x8b, deflate, 0, 0, 0, 0, 0, 0, unknownSystem}}}
}

func (m *member) add(b block) {
	m.parts = append(m.parts, b.deflated)
	m.crc = multiply(b.shift, m.crc) ^ b.crc
	m.size += b.size
}

// end returns the complete file.
func (m *member) end() net.Buffers {
	trailer := []byte{0x03, 0x00} // an empty last block
	trailer = binary.LittleEndian.AppendUint32(trailer, m.crc)
	trailer = binary.LittleEndian.AppendUint32(trailer, uint32(m.size))
	return append(m.parts, trailer)
}

// The CRC-32 of a text is its remainder, as a polynomial over GF(2), by the polynomial
// crc32.IEEE. A text that follows multiplies it by x^(8·length). The most significant
// bit is the coefficient of x^0.

// multiply returns the product of two polynomials.
func multiply(a, b uint32) (product uint32) {
	for ; a != 0; a <<= 1 {
		product ^= b & -(a >> 31)
		b = b>>1 ^ crc32.IEEE&-(b&1)
	}
	return product
}

// shift returns x^(8·n).
func shift(n int) uint32 {
	power, square := uint32(1)<<31, uint32(1)<<23 // x^0, x^8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			power = multiply(power, square)
		}
		square = multiply(square, square)
	}
	return power
}
