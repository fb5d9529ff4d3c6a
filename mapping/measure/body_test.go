package measure

import (
	"strings"
	"testing"
)

func TestBMI(t *testing.T) {
	for _, tt := range []struct{ weight, height, want string }{
		{"80", "1.69", "28.0"}, // 28.0103…
		{"105.3", "1.69", "36.9"},
		{"81", "1.8", "25.0"},
		{"100", "2", "25.0"},
		{"100.2", "2", "25.1"}, // 25.05, half up
		{"100.6", "2", "25.2"}, // 25.15, half up and not to even
		{"80", "0", ""}, {"-80", "1.69", ""}, {"80", "-1.69", ""}, {"80", "1,69", ""}, {"", "1.69", ""},
	} {
		got, err := BMI(tt.weight, tt.height)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s kg, %s m: got %q, %v, want %q", tt.weight, tt.height, got, err, tt.want)
		}
	}
	_, err := BMI("80", "1,69")
	if err == nil || !strings.Contains(err.Error(), "height") || !strings.Contains(err.Error(), "1.5") {
		t.Errorf("the error names neither the field nor what is accepted: %v", err)
	}
}

func TestSameBMI(t *testing.T) {
	for _, tt := range []struct {
		stated, computed string
		want             bool
	}{
		{"28.0", "28.0", true}, {"28.1", "28.0", true}, {"27.9", "28.0", true}, {"28.2", "28.0", false},
		{"28", "28.9", true}, {"29", "28.0", true}, {"30", "28.9", false},
		{"28.03", "28.0", true}, {"28.010", "28.0", true}, {"28.11", "28.0", false},
		{"2.8e1", "28.9", true}, {"34", "28.0", false}, {"-28.0", "28.0", false},
	} {
		if got, err := SameBMI(tt.stated, tt.computed); err != nil || got != tt.want {
			t.Errorf("%s and %s: got %t, %v, want %t", tt.stated, tt.computed, got, err, tt.want)
		}
	}
	for _, bad := range []string{"28,0", "", "fed"} {
		if _, err := SameBMI(bad, "28.0"); err == nil {
			t.Errorf("%q is taken for a number", bad)
		}
		if _, err := SameBMI("28.0", bad); err == nil {
			t.Errorf("%q is taken for a number", bad)
		}
	}
}

func TestPlausible(t *testing.T) {
	for _, tt := range []struct{ item, value, unit, want string }{
		{"hoejde", "169", "cm", ""},
		{"hoejde", "1.69", "m", ""},
		{"hoejde", "17", "m", "hoejde: outside what is plausible, 50 to 250 cm"},
		{"hoejde", "1.69", "", "hoejde: outside what is plausible, 50 to 250 cm"},
		{"bmi", "-3", "kg/m2", "bmi: outside what is plausible, 8 to 100 kg/m²"},
		{"bmi", "100", "kg/m²", ""}, {"bmi", "100.1", "", "bmi: outside what is plausible, 8 to 100 kg/m²"},
		{"temperatur", "98.6", "[degF]", ""},
		{"temperatur", "100.0", "[degF]", ""}, // no exact decimal, and no need of one
		{"temperatur", "310", "K", ""},
		{"temperatur", "310", "Cel", "temperatur: outside what is plausible, 25 to 45 °C"},
		{"saturation", "0.97", "1", ""},
		{"saturation", "0.97", "%", "saturation: outside what is plausible, 40 to 100 %"},
		{"puls", "72", "slag/minut", ""},
		{"who5", "101", "", "who5: outside what is plausible, 0 to 100"},
		{"tobs", "3", "1", ""}, {"tobs", "16", "1", "tobs: outside what is plausible, 0 to 15"},
		{"urin_protein", "1", "+", ""}, // no bounds, no unit asked for
	} {
		i, ok := ByName(tt.item)
		got, err := Plausible(i, tt.value, tt.unit)
		if got != tt.want || err != nil || !ok {
			t.Errorf("%s %s %s: got %q, %v, want %q", tt.item, tt.value, tt.unit, got, err, tt.want)
		}
	}
	height, _ := ByName("hoejde")
	for value, unit := range map[string]string{"1,69": "m", "169": "kg", "168": "stk"} {
		if got, err := Plausible(height, value, unit); err == nil || got != "" {
			t.Errorf("%s %s: got %q, want an error", value, unit, got)
		}
	}
}
