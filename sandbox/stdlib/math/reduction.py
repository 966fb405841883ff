"""An angle without its quarter turns, for every float: Cody and Waite's way where quarter turns
are few, Payne and Hanek's beyond."""


def _reduce(x: float):
    """n, hi, lo: x = n pi/2 + hi + lo up to multiples of 2 pi, |hi| <= pi/4 and a little, to
    about 2^-68 of the rest; x finite."""
    if abs(x) <= 0.7853981633974483:
        return 0, x, 0.0
    if abs(x) < 1000000.0:
        n, hi, lo = _few_turns(x)
        return n, hi, lo
    n, hi, lo = _many_turns(abs(x))
    if x < 0.0:
        return -n, -hi, -lo
    return n, hi, lo


def _few_turns(x: float):
    """The same for |x| < 2^20. Each of the first three parts of pi/2 has 33 bits, so that its
    product with n is exact. Source: Cody and Waite 1980."""
    n = math.floor(x * 0.6366197723675814 + 0.5)
    first = x - n * 1.5707963267341256
    second, rest = _two_sum(first, -n * 6.077100506303966e-11)
    third, remaining = _two_sum(second, -n * 2.0222662487111665e-21)
    last = rest + (remaining - n * 8.4784276603689e-32)
    hi, lo = _fast_two_sum(third, last)
    return int(n), hi, lo


def _many_turns(x: float):
    """The same for x >= 1: x times the bits of 2/pi that matter. Source: Payne and Hanek 1983.

    x = m 2^e, m whole. Bits of 2/pi whose product with m 2^e is a multiple of 4 are passed over;
    m, in limbs of 31 bits, times the next 186 gives the quarter turns modulo 4 to 2^-131, and
    no float comes nearer to a multiple of pi/2 than 2^-62 of a quarter turn.
    """
    bits = _bits(x)
    e = _shr(bits, 52) - 1075
    m = _or(_and(bits, 0xFFFFFFFFFFFFF), 0x10000000000000)
    upper = _shr(m, 31)
    lower = _and(m, 0x7FFFFFFF)
    start = e + 60
    limb = start // 31
    shift = start % 31
    right = _two_over_pi(limb + 6)
    carry = 0
    previous = 0
    a = 0
    b = 0
    c = 0
    d = 0
    for i in range(6):
        left = _two_over_pi(limb + 5 - i)
        window = _and(_shr(_or(_shl(left, 31), right), 31 - shift), 0x7FFFFFFF)
        right = left
        total = carry + lower * window + upper * previous
        previous = window
        d = c
        c = b
        b = a
        a = _and(total, 0x7FFFFFFF)
        carry = _shr(total, 31)
    n, hi, lo = _quarter_turns(_or(_shl(a, 31), b), _or(_shl(c, 31), d))
    return n, hi, lo


def _quarter_turns(first: int, second: int):
    """n, hi, lo of a number of quarter turns below 4: first 2^-60 + second 2^-122."""
    n = _shr(first + 0x800000000000000, 60)
    first = first - _shl(n, 60)
    big = float(first)
    small = float(first - int(big))
    far = float(second)
    farther = float(second - int(far))
    hi, lo = _two_sum(small, far * 2.168404344971009e-19)
    lo = lo + farther * 2.168404344971009e-19
    hi, rest = _two_sum(big, hi)
    hi, lo = _fast_two_sum(hi, rest + lo)
    hi, lo = _wide_product(hi, lo, 1.5707963267948966, 6.123233995736766e-17)
    return n, hi * 8.673617379884035e-19, lo * 8.673617379884035e-19


def _two_over_pi(i: int):
    """The i-th 31 bits of 2/pi after 62 zeros."""
    wide = _two_over_pi_wide(_shr(i, 1))
    if _and(i, 1) == 0:
        return _shr(wide, 31)
    return _and(wide, 0x7FFFFFFF)


def _two_over_pi_wide(i: int):
    """The i-th 62 bits of 2/pi after as many zeros."""
    if i < 10:
        if i < 5:
            if i < 2:
                if i < 1:
                    return 0x0
                return 0x28BE60DB9391054A
            if i < 3:
                return 0x1FC2757D1F534DDC
            if i < 4:
                return 0x36D8A5664F10E41
            return 0x1FE5163ABDEBBC5
        if i < 7:
            if i < 6:
                return 0x186DC91B8E909374
            return 0x2E006492EEA09D19
        if i < 8:
            return 0x873F877AC72C4A6
        if i < 9:
            return 0x273EE88235F52EBB
        return 0x11213A671C09AD17
    if i < 15:
        if i < 12:
            if i < 11:
                return 0x37E413991D639835
            return 0xCE7D272117E2EF7
        if i < 13:
            return 0x39283B1FF897FFDE
        if i < 14:
            return 0x16603FBCBC462D6
        return 0x20A6D1F6D367ECF2
    if i < 17:
        if i < 16:
            return 0x1F2C26DD3D18FD9A
        return 0x1E5FEA2D7527BAC7
    if i < 18:
        return 0x3AF97C5ECF41CE7D
    if i < 19:
        return 0x38A5292EA6BFB5FB
    return 0x47E357421580CC1
