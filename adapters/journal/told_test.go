package journal

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Who gives up waiting has nothing of what the writer still finds; the race
// detector watches.
func TestGivenUpWhileItIsWritten(t *testing.T) {
	j := reopen(t, t.TempDir(), Options{Keys: testKeys(t), Ballast: 4096})
	for i := range 20 {
		accept(t, j, letter(i))
	}
	answered, givenUp := 0, 0
	for i := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%20)*100*time.Microsecond)
		_, err := j.Sweep(ctx)
		first, once := j.Once(ctx, "gp", fmt.Sprint("jti-", i), time.Now().Add(time.Minute))
		letters, sent := j.SendLetters(ctx, "gp")
		cancel()
		if once != nil && first || sent != nil && letters != 0 {
			t.Errorf("what is not known was told: %v with %v, %d with %v", first, once, letters, sent)
		}
		if err == nil && once == nil && sent == nil {
			answered++
		} else {
			givenUp++
		}
	}
	if givenUp == 0 {
		t.Errorf("%d answered, %d given up: want some of the latter", answered, givenUp)
	}
}
