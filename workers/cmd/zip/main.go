// Command zip packs the built site into one file for any static host. The same
// files give the same bytes, whenever and wherever they were built.
package main

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

func main() {
	site := flag.String("site", "site/dist", "folder of the built site")
	out := flag.String("o", "build/peel-site.zip", "file to write")
	flag.Parse()
	if err := run(*site, *out, os.Getenv("SOURCE_DATE_EPOCH")); err != nil {
		fmt.Fprintln(os.Stderr, "zip:", err)
		os.Exit(2)
	}
}

func run(site, out, epoch string) error {
	if _, err := os.Stat(filepath.Join(site, "index.html")); err != nil {
		return fmt.Errorf("%s holds no built site: run `make build` first", site)
	}
	when, err := modified(epoch)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f, os.DirFS(site), when), f.Close()); err != nil {
		return err
	}
	info, err := os.Stat(out)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %.1f MB; unpack it into any folder of a web server\n", out, float64(info.Size())/1e6)
	return nil
}

// modified is the time that all files get: SOURCE_DATE_EPOCH, in seconds since
// 1970, or the first day of 2026. Servers take it for the age of a page, so it
// should be the time of the last change to the sources.
func modified(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), nil
	}
	s, err := strconv.ParseInt(epoch, 10, 64)
	when := time.Unix(s, 0).UTC()
	if err != nil || when.Year() < 1980 || when.Year() > 2107 { // what a zip file can say
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q: set it to seconds since 1970, or not at all", epoch)
	}
	return when, nil
}

// write puts every file of the site into a zip file, in the order of their paths.
func write(w io.Writer, site fs.FS, when time.Time) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	err := fs.WalkDir(site, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: when}
		header.SetMode(0o644)
		to, err := z.CreateHeader(header)
		if err != nil {
			return err
		}
		from, err := site.Open(name)
		if err != nil {
			return err
		}
		defer from.Close()
		_, err = io.Copy(to, from)
		return err
	})
	return errors.Join(err, z.Close())
}
