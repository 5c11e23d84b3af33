package exposition

import (
	"bytes"
	"compress/flate"
	stdgzip "compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os/exec"
	"testing"

	"github.com/klauspost/compress/gzip"
)

func TestShift_IsCombinedChecksum(t *testing.T) {
	text := bytes.Repeat([]byte("realtimekit_livestream_daily_sessions 12\n"), 5000)
	for _, n := range []int{0, 1, 2, 255, 256, 65_537, len(text)} {
		first, second := text[:n], text[n:]
		got := multiply(shift(len(second)), crc32.ChecksumIEEE(first)) ^ crc32.ChecksumIEEE(second)
		if want := crc32.ChecksumIEEE(text); got != want {
			t.Errorf("split at %d: got %08x, want %08x", n, got, want)
		}
	}
}

// FuzzMember joins blocks: each byte of cuts is the length of a block, and the rest of
// the text is the last one.
func FuzzMember(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte("# TYPE a gauge\na 1\nb 2\n"), []byte{15, 0, 4})
	f.Add(bytes.Repeat([]byte("a{app=\"main\"} 1\n"), 5000), []byte{255, 1, 255})
	readers := map[string]func([]byte) ([]byte, error){
		"Go": func(file []byte) ([]byte, error) {
			r, err := stdgzip.NewReader(bytes.NewReader(file))
			if err != nil {
				return nil, err
			}
			return io.ReadAll(r)
		},
		"klauspost": func(file []byte) ([]byte, error) {
			r, err := gzip.NewReader(bytes.NewReader(file))
			if err != nil {
				return nil, err
			}
			return io.ReadAll(r)
		},
	}
	if python, err := exec.LookPath("python3"); err == nil {
		readers["zlib"] = startZlib(f, python)
	}
	compressors := []*compressor{newCompressor(flate.DefaultCompression), newCompressor(flate.BestSpeed)}
	f.Fuzz(func(t *testing.T, text, cuts []byte) {
		m, rest := newMember(), text
		for i, cut := range cuts {
			n := min(int(cut), len(rest))
			m.add(compressors[i%2].block(rest[:n]))
			rest = rest[n:]
		}
		m.add(compressors[0].block(rest))
		file := bytes.Join(m.end(), nil)
		for name, read := range readers {
			if got, err := read(file); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s reads %d of %d bytes: %v", name, len(got), len(text), err)
			}
		}
	})
}

// zlibProgram decompresses files with zlib, which checks their length and CRC-32. Files
// and texts have their length in front.
const zlibProgram = `
import struct, sys, zlib
stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
while size := stdin.read(4):
    reader = zlib.decompressobj(wbits=31)
    try:
        text = reader.decompress(stdin.read(*struct.unpack("<I", size)))
        if not reader.eof or reader.unused_data:
            text = b"the end is in another place"
    except zlib.error as e:
        text = str(e).encode()
    stdout.write(struct.pack("<I", len(text)) + text)
    stdout.flush()
`

// startZlib returns a reader that uses the C library zlib.
func startZlib(f *testing.F, python string) func([]byte) ([]byte, error) {
	f.Helper()
	cmd := exec.CommandContext(f.Context(), python, "-c", zlibProgram)
	in, err := cmd.StdinPipe()
	if err != nil {
		f.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		f.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // its context may have ended
	})
	return func(file []byte) ([]byte, error) {
		if _, err := in.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(file))), file...)); err != nil {
			return nil, err
		}
		var size uint32
		if err := binary.Read(out, binary.LittleEndian, &size); err != nil {
			return nil, err
		}
		text := make([]byte, size)
		_, err := io.ReadFull(out, text)
		return text, err
	}
}
