package lens

import "testing"

func TestCPR(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		{"2509479989", "2509479989", true}, // MedCom's test person: fails modulus 11, and is a CPR number
		{"250947-9989", "2509479989", true},
		{"2902000000", "2902000000", true},
		{"3002000000", "", false}, // 30 February
		{"0001000000", "", false},
		{"0113000000", "", false},
		{"250947998", "", false},
		{"25094799890", "", false},
		{"2509-479989", "", false},
		{"250947998A", "", false},
		{"0703921VJ4", "", false}, // an X-eCPR is no CPR number
		{"", "", false},
	}
	for _, tt := range tests {
		got, ok := CPR(tt.in)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("CPR(%q): got %q, %v, want %q, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}
