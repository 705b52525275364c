// Package mnist reads the IDX files in which MNIST (LeCun, Cortes, Burges) is
// distributed, compressed with gzip or not.
package mnist

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Side is the width and height of an image, Pixels the number of its pixels.
const (
	Side   = 28
	Pixels = Side * Side
)

// Magic numbers of IDX files: unsigned bytes in three dimensions and in one.
const (
	magicImages = 0x803
	magicLabels = 0x801
)

const maxItems = 100_000 // MNIST has 60,000 and 10,000

// ErrFile is wrapped by every error about a file that cannot be read.
var ErrFile = errors.New("this is not an MNIST file Peel can read")

// Images returns the pixels of all n images, divided by 255: n×784, row-major.
func Images(r io.Reader) ([]float64, error) {
	r, err := unzip(r)
	if err != nil {
		return nil, err
	}
	var head struct{ Magic, N, Rows, Cols uint32 }
	if err := binary.Read(r, binary.BigEndian, &head); err != nil {
		return nil, fmt.Errorf("%w: it ends inside its header", ErrFile)
	}
	if head.Magic != magicImages || head.Rows != Side || head.Cols != Side {
		return nil, fmt.Errorf("%w: it does not hold %d×%d images", ErrFile, Side, Side)
	}
	bytes, err := items(r, head.N, Pixels)
	if err != nil {
		return nil, err
	}
	x := make([]float64, len(bytes))
	for i, b := range bytes {
		x[i] = float64(b) / 255
	}
	return x, nil
}

// Labels returns the digit of every image, each 0 to 9.
func Labels(r io.Reader) ([]int, error) {
	r, err := unzip(r)
	if err != nil {
		return nil, err
	}
	var head struct{ Magic, N uint32 }
	if err := binary.Read(r, binary.BigEndian, &head); err != nil {
		return nil, fmt.Errorf("%w: it ends inside its header", ErrFile)
	}
	if head.Magic != magicLabels {
		return nil, fmt.Errorf("%w: it does not hold labels", ErrFile)
	}
	bytes, err := items(r, head.N, 1)
	if err != nil {
		return nil, err
	}
	labels := make([]int, len(bytes))
	for i, b := range bytes {
		if b > 9 {
			return nil, fmt.Errorf("%w: label %d is %d, not a digit", ErrFile, i, b)
		}
		labels[i] = int(b)
	}
	return labels, nil
}

// unzip undoes gzip where the first two bytes say that there is any.
func unzip(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if start, _ := b.Peek(2); len(start) < 2 || start[0] != 0x1f || start[1] != 0x8b {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFile, err)
	}
	return z, nil
}

func items(r io.Reader, n uint32, size int) ([]byte, error) {
	if n > maxItems {
		return nil, fmt.Errorf("%w: it claims %d items, more than %d", ErrFile, n, maxItems)
	}
	bytes := make([]byte, int(n)*size)
	if _, err := io.ReadFull(r, bytes); err != nil {
		return nil, fmt.Errorf("%w: it ends before its %d items do", ErrFile, n)
	}
	switch _, err := io.ReadFull(r, make([]byte, 1)); err {
	case io.EOF: // the end, and the checksum of gzip is right
	case nil:
		return nil, fmt.Errorf("%w: there is more after its %d items", ErrFile, n)
	default:
		return nil, fmt.Errorf("%w: %v", ErrFile, err)
	}
	return bytes, nil
}
