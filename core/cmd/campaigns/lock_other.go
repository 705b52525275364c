//go:build !unix

package campaigns

import "os"

// lock does nothing here: take care not to run a campaign twice at a time.
func lock(*os.File) error { return nil }
