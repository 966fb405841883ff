"""Math transforms: functions of one number, by TA-Lib's names; na stays na."""


def acos(x: float):
    """Arc cosine in radians; na outside of -1 to 1. Source: TA-Lib ACOS."""
    return math.acos(x)


def asin(x: float):
    """Arc sine in radians; na outside of -1 to 1. Source: TA-Lib ASIN."""
    return math.asin(x)


def atan(x: float):
    """Arc tangent in radians. Source: TA-Lib ATAN."""
    return math.atan(x)


def ceil_(x: float):
    """The smallest whole number not below. Source: TA-Lib CEIL."""
    return math.ceil(x)


def cos(x: float):
    """Cosine of radians. Source: TA-Lib COS."""
    return math.cos(x)


def cosh(x: float):
    """Hyperbolic cosine. Source: TA-Lib COSH."""
    return math.cosh(x)


def exp(x: float):
    """e to the power of x. Source: TA-Lib EXP."""
    return math.exp(x)


def floor_(x: float):
    """The largest whole number not above. Source: TA-Lib FLOOR."""
    return math.floor(x)


def ln(x: float):
    """Natural logarithm; -infinity at 0, na below. Source: TA-Lib LN."""
    return -math.inf if x == 0.0 else math.log(x)


def log10(x: float):
    """Logarithm to base 10; -infinity at 0, na below. Source: TA-Lib LOG10."""
    return -math.inf if x == 0.0 else math.log10(x)


def sin(x: float):
    """Sine of radians. Source: TA-Lib SIN."""
    return math.sin(x)


def sinh(x: float):
    """Hyperbolic sine. Source: TA-Lib SINH."""
    return math.sinh(x)


def sqrt_(x: float):
    """Square root; na below 0. Source: TA-Lib SQRT."""
    return math.sqrt(x)


def tan(x: float):
    """Tangent of radians. Source: TA-Lib TAN."""
    return math.tan(x)


def tanh(x: float):
    """Hyperbolic tangent. Source: TA-Lib TANH."""
    return math.tanh(x)
