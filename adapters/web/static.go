package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"tolk/mapping/exchange"
)

//go:embed static
var staticFiles embed.FS

// staticPath is where the files lie that pages need. The name of each has the
// beginning of its hash, so that a browser need never ask for it twice.
const staticPath = "/static/"

// kinds are the types of the files.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// file is one file that pages need.
type file struct {
	kind        string
	text, small []byte // as it is, and in gzip
}

// assets are the files by the name that they are asked for by, and that name by
// their own.
var assets = sync.OnceValues(func() (map[string]file, map[string]string) {
	files, names := map[string]file{}, map[string]string{}
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || kinds[path.Ext(name)] == "" {
			return err
		}
		text, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		own, ext := path.Base(name), path.Ext(name)
		asked := strings.TrimSuffix(own, ext) + "." + hex.EncodeToString(sum[:5]) + ext
		files[asked], names[own] = file{kinds[ext], text, zipped(text)}, asked
		return nil
	})
	if err != nil {
		panic("web: " + err.Error()) // they are embedded
	}
	return files, names
})

func zipped(text []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic("web: " + err.Error()) // the level is a constant of the package
	}
	w.Write(text) // a bytes.Buffer takes everything
	w.Close()
	return b.Bytes()
}

// asset is the address of a file of the folder static.
func asset(name string) string {
	_, names := assets()
	if names[name] == "" {
		panic("web: no file " + name) // the names are ours
	}
	return staticPath + names[name]
}

// static answers with a file that pages need.
func static(w http.ResponseWriter, r *http.Request, _ exchange.Caller) {
	files, _ := assets()
	f, ok := files[r.PathValue("name")]
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if !ok {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		w.Write([]byte("nothing is at this path\n"))
		return
	}
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Add("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Write(f.text)
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.Write(f.small)
}
