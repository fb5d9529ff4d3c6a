package token

import "math/big"

// rocaPrimes are the primes from 3 to 167. The moduli of the flawed generator
// are powers of 65537 modulo the product of all of them (Nemec, Sys, Svenda,
// Klinec, Matyas: The Return of Coppersmith's Attack, CCS 2017, §2.1), whatever
// their length; of other moduli not one in 10^8 is by chance.
var rocaPrimes = []int64{
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73,
	79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
}

// roca reports whether an RSA modulus has the mark of that generator: for every
// prime its remainder is a power of 65537.
func roca(n *big.Int) bool {
	for _, p := range rocaPrimes {
		if !power(new(big.Int).Mod(n, big.NewInt(p)).Int64(), p) {
			return false
		}
	}
	return true
}

// power reports whether r is a power of 65537 modulo the prime p.
func power(r, p int64) bool {
	x := int64(1)
	for range p {
		if x == r {
			return true
		}
		x = x * 65537 % p
	}
	return false
}
