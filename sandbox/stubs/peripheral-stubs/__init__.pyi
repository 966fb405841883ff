"""The strategy language, for editors and type checkers, after docs/strategy-language.md.

Nothing of this exists at run time: a strategy is compiled, and its imports are passed over.
"""

from .language import *

def crossover(source1: float, source2: float) -> Condition:
    """Whether source1 came from at or below source2 to above it at this bar; false where any of the four values is na."""

def crossunder(source1: float, source2: float) -> Condition:
    """Whether source1 came from at or above source2 to below it at this bar; false where any of the four values is na."""

def cross(source1: float, source2: float) -> Condition:
    """Whether either crossed the other at this bar; false where any of the four values is na."""

def barssince(condition: Truth) -> Series:
    """How many bars ago the condition last held, 0 at this one; na before it ever did."""

def valuewhen(condition: Truth, source: float, occurrence: int = 0) -> Series:
    """The source at the bar where the condition held, the last time (occurrence 0), the time before (1), …; na before, or where it was na then."""

def highest(x: float, length: Length = 30) -> Series:
    """The largest of the last `length` inputs."""

def lowest(x: float, length: Length = 30) -> Series:
    """The smallest of the last `length` inputs."""

class _Math:
    pi: float
    e: float
    tau: float
    inf: float
    nan: float
    @staticmethod
    def abs(x: float) -> Series:
        """The size of a number."""
    @staticmethod
    def acos(x: float) -> Series:
        """The angle whose cosine is x, from 0 to pi."""
    @staticmethod
    def acosh(x: float) -> Series:
        """The inverse of the hyperbolic cosine, for x >= 1."""
    @staticmethod
    def asin(x: float) -> Series:
        """The angle whose sine is x, from -pi/2 to pi/2."""
    @staticmethod
    def asinh(x: float) -> Series:
        """The inverse of the hyperbolic sine."""
    @staticmethod
    def atan(x: float) -> Series:
        """The angle whose tangent is x, from -pi/2 to pi/2."""
    @staticmethod
    def atan2(y: float, x: float) -> Series:
        """The angle of the point (x, y), from -pi to pi."""
    @staticmethod
    def atanh(x: float) -> Series:
        """The inverse of the hyperbolic tangent, for x between -1 and 1."""
    @staticmethod
    def cbrt(x: float) -> Series:
        """The cube root."""
    @staticmethod
    def ceil(x: float) -> Series:
        """The smallest whole number not below x, as a float."""
    @staticmethod
    def copysign(x: float, y: float) -> Series:
        """The size of x with the sign of y."""
    @staticmethod
    def cos(x: float) -> Series:
        """The cosine of x radians."""
    @staticmethod
    def cosh(x: float) -> Series:
        """The hyperbolic cosine."""
    @staticmethod
    def degrees(x: float) -> Series:
        """An angle of x radians in degrees."""
    @staticmethod
    def exp(x: float) -> Series:
        """e to the power x."""
    @staticmethod
    def exp2(x: float) -> Series:
        """2 to the power x; exact where x is whole."""
    @staticmethod
    def expm1(x: float) -> Series:
        """exp(x) - 1, without loss where x is small."""
    @staticmethod
    def fabs(x: float) -> Series:
        """The size of a number."""
    @staticmethod
    def floor(x: float) -> Series:
        """The largest whole number not above x, as a float."""
    @staticmethod
    def fmod(x: float, y: float) -> Series:
        """x - n y with n = x / y cut to a whole number: exact, with the sign of x."""
    @staticmethod
    def hypot(x: float, y: float) -> Series:
        """sqrt(x² + y²), without overflow or underflow on the way; an infinity if either is one."""
    @staticmethod
    def isclose(a: float, b: float, rel_tol: float = 1e-09, abs_tol: float = 0.0) -> Condition:
        """Whether a and b differ by at most rel_tol of the larger or by abs_tol."""
    @staticmethod
    def isfinite(x: float) -> Condition:
        """Whether x is neither an infinity nor na."""
    @staticmethod
    def isinf(x: float) -> Condition:
        """Whether x is an infinity of either sign."""
    @staticmethod
    def isnan(x: float) -> Condition:
        """Whether x is na."""
    @staticmethod
    def log(x: float, base: float = 2.718281828459045) -> Series:
        """The logarithm, the natural one unless a base is given; exact at whole powers of the base."""
    @staticmethod
    def log10(x: float) -> Series:
        """The logarithm to base 10; exact at powers of 10."""
    @staticmethod
    def log1p(x: float) -> Series:
        """log(1 + x), without loss where x is small."""
    @staticmethod
    def log2(x: float) -> Series:
        """The logarithm to base 2; exact at powers of 2."""
    @staticmethod
    def pow(x: float, y: float) -> Series:
        """x to the power y."""
    @staticmethod
    def radians(x: float) -> Series:
        """An angle of x degrees in radians."""
    @staticmethod
    def sign(x: float) -> Series:
        """−1.0, 0.0 or 1.0, as x is below, at or above 0; na stays na."""
    @staticmethod
    def sin(x: float) -> Series:
        """The sine of x radians."""
    @staticmethod
    def sinh(x: float) -> Series:
        """The hyperbolic sine."""
    @staticmethod
    def sqrt(x: float) -> Series:
        """The square root; na below 0."""
    @staticmethod
    def tan(x: float) -> Series:
        """The tangent of x radians."""
    @staticmethod
    def tanh(x: float) -> Series:
        """The hyperbolic tangent."""
    @staticmethod
    def trunc(x: float) -> Series:
        """x without what is behind its point, as a float."""

class _Ta:
    @staticmethod
    def ac(high: float, low: float, fastperiod: Length = 5, slowperiod: Length = 34, signalperiod: Length = 5) -> Series:
        """Accelerator oscillator: `ao` less its simple average."""
    @staticmethod
    def accbands(high: float, low: float, close: float, timeperiod: Length = 20) -> tuple[Series, Series, Series]:
        """Acceleration bands: upper, middle, lower, simple averages of the high, the close and the low, where high and low are first moved apart by four times the range over their sum."""
    @staticmethod
    def accdist(high: float, low: float, close: float, volume: float) -> Series:
        """Accumulation/distribution: the sum of volumes, each times where the close lies between the low (−1) and the high (1)."""
    @staticmethod
    def acos(x: float) -> Series:
        """Arc cosine in radians; na outside of -1 to 1."""
    @staticmethod
    def ad(high: float, low: float, close: float, volume: float) -> Series:
        """Chaikin's accumulation/distribution line, from 0 before the first bar."""
    @staticmethod
    def add(x: float, y: float) -> Series:
        """x + y."""
    @staticmethod
    def adosc(high: float, low: float, close: float, volume: float, fastperiod: Length = 3, slowperiod: Length = 10) -> Series:
        """Chaikin's oscillator: two exponential averages of the accumulation/distribution line, the first less the second."""
    @staticmethod
    def adr(high: float, low: float, timeperiod: Length = 14) -> Series:
        """Average day range: the simple average of high − low."""
    @staticmethod
    def adx(high: float, low: float, close: float, timeperiod: Length = 14) -> Series:
        """Average directional movement index, 0 to 100: Wilder's average of `dx`."""
    @staticmethod
    def adxr(high: float, low: float, close: float, timeperiod: Length = 14) -> Series:
        """Average directional movement rating: the mean of `adx` and the adx of timeperiod − 1 bars ago."""
    @staticmethod
    def alma(series: float, length: Length = 9, offset: float = 0.85, sigma: float = 6.0, floor: Truth = False) -> Series:
        """Arnaud Legoux's average: weights in a bell `length` / sigma wide about the place that is `offset` of the way from the oldest input to the newest, which `floor` rounds down."""
    @staticmethod
    def ao(high: float, low: float, fastperiod: Length = 5, slowperiod: Length = 34) -> Series:
        """Awesome oscillator: the fast simple average of bars' middles less the slow one."""
    @staticmethod
    def apo(x: float, fastperiod: Length = 12, slowperiod: Length = 26, matype: int = 1) -> Series:
        """Absolute price oscillator: the faster moving average less the slower; matype as in `ma`, but the default, 11, is exponential."""
    @staticmethod
    def aroon(high: float, low: float, timeperiod: Length = 14) -> tuple[Series, Series]:
        """Aroon: down and up, 0 to 100: how lately, within the last timeperiod + 1 bars, the lowest low and the highest high were."""
    @staticmethod
    def aroonosc(high: float, low: float, timeperiod: Length = 14) -> Series:
        """Aroon oscillator, −100 to 100: Aroon up less Aroon down."""
    @staticmethod
    def asin(x: float) -> Series:
        """Arc sine in radians; na outside of -1 to 1."""
    @staticmethod
    def atan(x: float) -> Series:
        """Arc tangent in radians."""
    @staticmethod
    def atr(high: float, low: float, close: float, timeperiod: Length = 14) -> Series:
        """Average true range by Wilder's smoothing."""
    @staticmethod
    def avgdev(x: float, timeperiod: Length = 14) -> Series:
        """Mean distance of the last `timeperiod` inputs from their mean."""
    @staticmethod
    def avgprice(open: float, high: float, low: float, close: float) -> Series:
        """Average price."""
    @staticmethod
    def barssince(condition: Truth) -> Series:
        """How many bars ago the condition last held, 0 at this one; na before it ever did."""
    @staticmethod
    def bbands(x: float, timeperiod: Length = 20, nbdevup: float = 2.0, nbdevdn: float = 2.0, matype: int = 0) -> tuple[Series, Series, Series]:
        """Bollinger bands: upper, middle, lower: a moving average, its matype as in `ma`, and so many population standard deviations, from the simple average, above and below it."""
    @staticmethod
    def bbw(series: float, length: Length = 20, mult: float = 2.0) -> Series:
        """The width of Bollinger's bands over their middle."""
    @staticmethod
    def beta(x: float, y: float, timeperiod: Length = 5) -> Series:
        """Slope of y's relative changes against x's, over the last `timeperiod` changes."""
    @staticmethod
    def bop(open: float, high: float, low: float, close: float) -> Series:
        """Balance of power: the body over the range, −1 to 1."""
    @staticmethod
    def cci(high: float, low: float, close: float, timeperiod: Length = 14) -> Series:
        """Commodity channel index: the typical price's distance from its average, over 0.015 times the mean absolute distance."""
    @staticmethod
    def cdl2crows(open: float, high: float, low: float, close: float) -> Whole:
        """Two crows, −100: a black body a gap above a long white one, then a black candle from within the second to within the first."""
    @staticmethod
    def cdl3blackcrows(open: float, high: float, low: float, close: float) -> Whole:
        """Three black crows, −100: after a white candle three black ones that open within the body before, close lower and lower, and near their lows."""
    @staticmethod
    def cdl3inside(open: float, high: float, low: float, close: float) -> Whole:
        """Three inside, against the long first body, ±100: a short body within it and then a close beyond its open."""
    @staticmethod
    def cdl3linestrike(open: float, high: float, low: float, close: float) -> Whole:
        """Three-line strike, ±100 by the three's colour: three candles that open within or near the body before and close on and on, and one that takes all of it back."""
    @staticmethod
    def cdl3outside(open: float, high: float, low: float, close: float) -> Whole:
        """Three outside, ±100 by the second's colour: an engulfing whose move the third's close continues."""
    @staticmethod
    def cdl3starsinsouth(open: float, high: float, low: float, close: float) -> Whole:
        """Three stars in the south, 100: a long black body with a long lower shadow, a shorter one with a higher low, a short black marubozu within the second's range."""
    @staticmethod
    def cdl3whitesoldiers(open: float, high: float, low: float, close: float) -> Whole:
        """Three white soldiers, 100: three white candles that open within or near the body before, close higher and higher near their highs, the bodies not much smaller and the last not short."""
    @staticmethod
    def cdlabandonedbaby(open: float, high: float, low: float, close: float, penetration: float = 0.3) -> Whole:
        """Abandoned baby, ±100 by the last's colour: a doji star whose shadows, too, leave a gap on both sides."""
    @staticmethod
    def cdladvanceblock(open: float, high: float, low: float, close: float) -> Whole:
        """Advance block, −100: three white candles as if soldiers, the first long with a short upper shadow, that weaken: smaller bodies or longer upper shadows."""
    @staticmethod
    def cdlbelthold(open: float, high: float, low: float, close: float) -> Whole:
        """Belt hold, ±100 by colour: a long body with hardly a shadow where it opens."""
    @staticmethod
    def cdlbreakaway(open: float, high: float, low: float, close: float) -> Whole:
        """Breakaway, ±100 by the last's colour: a long body, three candles further on after a gap (the first and the last of them of its colour), and one back into the gap."""
    @staticmethod
    def cdlclosingmarubozu(open: float, high: float, low: float, close: float) -> Whole:
        """Closing marubozu, ±100 by colour: a long body with hardly a shadow where it closes."""
    @staticmethod
    def cdlconcealbabyswall(open: float, high: float, low: float, close: float) -> Whole:
        """Concealing baby swallow, 100: two black marubozu, a black candle a gap below whose upper shadow reaches into the second, and a black one that holds it, shadows and all."""
    @staticmethod
    def cdlcounterattack(open: float, high: float, low: float, close: float) -> Whole:
        """Counterattack, ±100 by colour: two long bodies of other colours with equal closes."""
    @staticmethod
    def cdldarkcloudcover(open: float, high: float, low: float, close: float, penetration: float = 0.5) -> Whole:
        """Dark cloud cover, −100: a black candle that opens above the high of a long white body and closes within it, by more than `penetration` of it."""
    @staticmethod
    def cdldoji(open: float, high: float, low: float, close: float) -> Whole:
        """Doji, 100: hardly a body."""
    @staticmethod
    def cdldojistar(open: float, high: float, low: float, close: float) -> Whole:
        """Doji star, −100 above a long white body, 100 below a long black one: a doji with a gap between the bodies."""
    @staticmethod
    def cdldragonflydoji(open: float, high: float, low: float, close: float) -> Whole:
        """Dragonfly doji, 100: a doji with a lower shadow only."""
    @staticmethod
    def cdlengulfing(open: float, high: float, low: float, close: float) -> Whole:
        """Engulfing, by colour: a body that holds the body before, of the other colour; ±80 where one end is shared, else ±100."""
    @staticmethod
    def cdleveningdojistar(open: float, high: float, low: float, close: float, penetration: float = 0.3) -> Whole:
        """Evening doji star, −100: an evening star whose middle is a doji."""
    @staticmethod
    def cdleveningstar(open: float, high: float, low: float, close: float, penetration: float = 0.3) -> Whole:
        """Evening star, −100: a long white body, a short body a gap above it, a black body that closes more than `penetration` into the first."""
    @staticmethod
    def cdlgapsidesidewhite(open: float, high: float, low: float, close: float) -> Whole:
        """Gap side-by-side white lines, 100 above the gap, −100 below it: two white candles of like size and open, both a gap away from the first body."""
    @staticmethod
    def cdlgravestonedoji(open: float, high: float, low: float, close: float) -> Whole:
        """Gravestone doji, 100: a doji with an upper shadow only."""
    @staticmethod
    def cdlhammer(open: float, high: float, low: float, close: float) -> Whole:
        """Hammer, 100: a short body over a long lower shadow, at or below the low before."""
    @staticmethod
    def cdlhangingman(open: float, high: float, low: float, close: float) -> Whole:
        """Hanging man, −100: a short body over a long lower shadow, at or above the high before."""
    @staticmethod
    def cdlharami(open: float, high: float, low: float, close: float) -> Whole:
        """Harami, against the colour of the long body before: a short body within it; ±80 where one end is shared, else ±100."""
    @staticmethod
    def cdlharamicross(open: float, high: float, low: float, close: float) -> Whole:
        """Harami cross, against the colour of the long body before: a doji within it; ±80 where one end is shared, else ±100."""
    @staticmethod
    def cdlhighwave(open: float, high: float, low: float, close: float) -> Whole:
        """High wave, ±100 by colour: a short body with two very long shadows."""
    @staticmethod
    def cdlhikkake(open: float, high: float, low: float, close: float) -> Whole:
        """Hikkake, 100 after a break downwards of an inside candle, −100 upwards; ±200 when one of the next three closes beyond that candle on the other side."""
    @staticmethod
    def cdlhikkakemod(open: float, high: float, low: float, close: float) -> Whole:
        """Modified hikkake: two inside candles, the first of which closes near the end where the break comes; ±100 and ±200 as cdlhikkake."""
    @staticmethod
    def cdlhomingpigeon(open: float, high: float, low: float, close: float) -> Whole:
        """Homing pigeon, 100: a short black body within the long black body before."""
    @staticmethod
    def cdlidentical3crows(open: float, high: float, low: float, close: float) -> Whole:
        """Identical three crows, −100: three black candles, each opening at the close before, with lower and lower closes near their lows."""
    @staticmethod
    def cdlinneck(open: float, high: float, low: float, close: float) -> Whole:
        """In-neck, −100: a white candle that opens below the low of a long black body and closes at its close or little above."""
    @staticmethod
    def cdlinvertedhammer(open: float, high: float, low: float, close: float) -> Whole:
        """Inverted hammer, 100: a short body under a long upper shadow, a gap below the body before."""
    @staticmethod
    def cdlkicking(open: float, high: float, low: float, close: float) -> Whole:
        """Kicking, ±100 by the second's colour: two marubozu of other colours with a gap between, the way the second goes."""
    @staticmethod
    def cdlkickingbylength(open: float, high: float, low: float, close: float) -> Whole:
        """Kicking by length, ±100 by the colour of the longer body: as cdlkicking otherwise."""
    @staticmethod
    def cdlladderbottom(open: float, high: float, low: float, close: float) -> Whole:
        """Ladder bottom, 100: three black candles with lower and lower opens and closes, a black one with an upper shadow, and a white one that opens above its body and closes above its high."""
    @staticmethod
    def cdllongleggeddoji(open: float, high: float, low: float, close: float) -> Whole:
        """Long-legged doji, 100: a doji with a long shadow."""
    @staticmethod
    def cdllongline(open: float, high: float, low: float, close: float) -> Whole:
        """Long line, ±100 by colour: a long body with short shadows."""
    @staticmethod
    def cdlmarubozu(open: float, high: float, low: float, close: float) -> Whole:
        """Marubozu, ±100 by colour: a long body with hardly a shadow."""
    @staticmethod
    def cdlmatchinglow(open: float, high: float, low: float, close: float) -> Whole:
        """Matching low, 100: two black candles with equal closes."""
    @staticmethod
    def cdlmathold(open: float, high: float, low: float, close: float, penetration: float = 0.5) -> Whole:
        """Mat hold, 100: a long white body, three short ones that begin a gap above it and fall back by less than `penetration` of it, and a white candle that closes above their highs."""
    @staticmethod
    def cdlmorningdojistar(open: float, high: float, low: float, close: float, penetration: float = 0.3) -> Whole:
        """Morning doji star, 100: a morning star whose middle is a doji."""
    @staticmethod
    def cdlmorningstar(open: float, high: float, low: float, close: float, penetration: float = 0.3) -> Whole:
        """Morning star, 100: a long black body, a short body a gap below it, a white body that closes more than `penetration` into the first."""
    @staticmethod
    def cdlonneck(open: float, high: float, low: float, close: float) -> Whole:
        """On-neck, −100: a white candle that opens below the low of a long black body and closes at that low."""
    @staticmethod
    def cdlpiercing(open: float, high: float, low: float, close: float) -> Whole:
        """Piercing, 100: a long white body that opens below the low of a long black one and closes above its middle, within it."""
    @staticmethod
    def cdlrickshawman(open: float, high: float, low: float, close: float) -> Whole:
        """Rickshaw man, 100: a doji near the middle of two long shadows."""
    @staticmethod
    def cdlrisefall3methods(open: float, high: float, low: float, close: float) -> Whole:
        """Rising/falling three methods, ±100 by the first's colour: a long body, three short ones of the other colour that go back within its range, and a long one beyond its close."""
    @staticmethod
    def cdlseparatinglines(open: float, high: float, low: float, close: float) -> Whole:
        """Separating lines, ±100 by colour: a belt hold at the open of a candle of the other colour."""
    @staticmethod
    def cdlshootingstar(open: float, high: float, low: float, close: float) -> Whole:
        """Shooting star, −100: a short body under a long upper shadow, a gap above the body before."""
    @staticmethod
    def cdlshortline(open: float, high: float, low: float, close: float) -> Whole:
        """Short line, ±100 by colour: a short body with short shadows."""
    @staticmethod
    def cdlspinningtop(open: float, high: float, low: float, close: float) -> Whole:
        """Spinning top, ±100 by colour: a short body with two longer shadows."""
    @staticmethod
    def cdlstalledpattern(open: float, high: float, low: float, close: float) -> Whole:
        """Stalled pattern, −100: two long white candles, the second near its high, then a short white one that opens about the second's close."""
    @staticmethod
    def cdlsticksandwich(open: float, high: float, low: float, close: float) -> Whole:
        """Stick sandwich, 100: a white candle above the first's close, between two black ones with equal closes."""
    @staticmethod
    def cdltakuri(open: float, high: float, low: float, close: float) -> Whole:
        """Takuri, 100: a doji with a very long lower shadow and hardly an upper one."""
    @staticmethod
    def cdltasukigap(open: float, high: float, low: float, close: float) -> Whole:
        """Tasuki gap, ±100 by the second's colour: a body of like size and the other colour that opens within the second and closes within the gap."""
    @staticmethod
    def cdlthrusting(open: float, high: float, low: float, close: float) -> Whole:
        """Thrusting, −100: a white candle that opens below the low of a long black body and closes within its lower half."""
    @staticmethod
    def cdltristar(open: float, high: float, low: float, close: float) -> Whole:
        """Tristar, −100 where the middle of three dojis stands above, 100 where it stands below, a gap away from the first body."""
    @staticmethod
    def cdlunique3river(open: float, high: float, low: float, close: float) -> Whole:
        """Unique three river, 100: a long black body, a black harami with a lower low, a short white candle that opens above that low."""
    @staticmethod
    def cdlupsidegap2crows(open: float, high: float, low: float, close: float) -> Whole:
        """Upside gap two crows, −100: a short black body a gap above a long white one, then a black body that holds the second and stays above the first."""
    @staticmethod
    def cdlxsidegap3methods(open: float, high: float, low: float, close: float) -> Whole:
        """Upside/downside gap three methods, ±100 by the first's colour: two bodies of one colour with a gap, and one of the other from within the second to within the first."""
    @staticmethod
    def ceil(x: float) -> Series:
        """The smallest whole number not below."""
    @staticmethod
    def change(source: float, length: Length = 1) -> Series:
        """The input less the input `length` before it."""
    @staticmethod
    def cmf(high: float, low: float, close: float, volume: float, timeperiod: Length = 20) -> Series:
        """Chaikin's money flow, −1 to 1: where closes lie between lows (−1) and highs (1), averaged over `timeperiod` bars by volume."""
    @staticmethod
    def cmo(x: float, timeperiod: Length = 14) -> Series:
        """Chande's momentum oscillator, −100 to 100: gains less losses over their sum."""
    @staticmethod
    def cmou(x: float, timeperiod: Length = 14) -> Series:
        """Chande's momentum oscillator, −100 to 100: gains less losses over their sum, of the last `timeperiod` changes, not smoothed as in `cmo`."""
    @staticmethod
    def cog(source: float, length: Length = 10) -> Series:
        """Centre of gravity, −length to −1: minus the mean age of the last `length` inputs, the newest 1, weighted by their values."""
    @staticmethod
    def coppock(x: float, wmaperiod: Length = 10, roc1period: Length = 11, roc2period: Length = 14) -> Series:
        """Coppock curve: the weighted average of two rates of change together."""
    @staticmethod
    def correl(x: float, y: float, timeperiod: Length = 30) -> Series:
        """Pearson's correlation of the last `timeperiod` pairs, -1 to 1."""
    @staticmethod
    def correlation(source1: float, source2: float, length: Length = 20) -> Series:
        """Pearson's correlation of the last `length` pairs, −1 to 1."""
    @staticmethod
    def cos(x: float) -> Series:
        """Cosine of radians."""
    @staticmethod
    def cosh(x: float) -> Series:
        """Hyperbolic cosine."""
    @staticmethod
    def cross(source1: float, source2: float) -> Condition:
        """Whether either crossed the other at this bar; false where any of the four values is na."""
    @staticmethod
    def crossover(source1: float, source2: float) -> Condition:
        """Whether source1 came from at or below source2 to above it at this bar; false where any of the four values is na."""
    @staticmethod
    def crossunder(source1: float, source2: float) -> Condition:
        """Whether source1 came from at or above source2 to below it at this bar; false where any of the four values is na."""
    @staticmethod
    def cum(source: float) -> Series:
        """The sum of all inputs so far."""
    @staticmethod
    def cumsum(x: float) -> Series:
        """The sum of all inputs so far."""
    @staticmethod
    def cvi(high: float, low: float, timeperiod: Length = 10, rocperiod: Length = 10) -> Series:
        """Chaikin's volatility: the change in percent, over `rocperiod` bars, of the exponential average of high − low."""
    @staticmethod
    def dema(x: float, timeperiod: Length = 30) -> Series:
        """Double exponential moving average, 2·e1 − e2, where e2 is the EMA of the EMA e1."""
    @staticmethod
    def dev(source: float, length: Length) -> Series:
        """The mean distance of the last `length` inputs from their mean."""
    @staticmethod
    def div(x: float, y: float) -> Series:
        """x / y; an infinity, or na for 0 / 0, where y is 0."""
    @staticmethod
    def dmi(high: float, low: float, close: float, diLength: Length = 14, adxSmoothing: Length = 14) -> tuple[Series, Series, Series]:
        """Directional movement: +DI, −DI, ADX."""
    @staticmethod
    def donchian(high: float, low: float, length: Length = 20) -> tuple[Series, Series, Series]:
        """Donchian channel: upper, middle, lower."""
    @staticmethod
    def dpo(x: float, timeperiod: Length = 20) -> Series:
        """Detrended price: the input of timeperiod // 2 + 1 inputs ago less the simple average of now."""
    @staticmethod
    def dx(high: float, low: float, close: float, timeperiod: Length = 14) -> Series:
        """Directional movement index, 0 to 100: the difference of the directional indicators over their sum."""
    @staticmethod
    def efi(close: float, volume: float, timeperiod: Length = 13) -> Series:
        """Elder's force index: the exponential average of changes times volume."""
    @staticmethod
    def ema(x: float, timeperiod: Length = 30) -> Series:
        """Exponential moving average, k = 2 / (timeperiod + 1)."""
    @staticmethod
    def er(x: float, timeperiod: Length = 10) -> Series:
        """Kaufman's efficiency ratio, 0 to 1: the change over `timeperiod` inputs over the sum of the sizes of the changes from one to the next."""
    @staticmethod
    def eri(high: float, low: float, close: float, timeperiod: Length = 13) -> tuple[Series, Series]:
        """Elder ray: bull and bear power: how far the high and the low are above the close's exponential average."""
    @staticmethod
    def exp(x: float) -> Series:
        """e to the power of x."""
    @staticmethod
    def falling(source: float, length: Length) -> Condition:
        """Whether the input is below each of the `length` inputs before it; false until there are so many."""
    @staticmethod
    def fixnan(source: float) -> Series:
        """The source where it last was not na; na before it ever was."""
    @staticmethod
    def floor(x: float) -> Series:
        """The largest whole number not above."""
    @staticmethod
    def fosc(x: float, timeperiod: Length = 5) -> Series:
        """Forecast oscillator: how far the input is above the one bar ahead forecast (`tsf`) of the bar before, in percent of the input."""
    @staticmethod
    def fractal(high: float, low: float, leftbars: Length = 2, rightbars: Length = 2) -> tuple[Whole, Whole]:
        """Fractals: up and down, each 100 at the bar that confirms it and 0 elsewhere: `rightbars` ago the high was above, the low below, those of the `leftbars` bars before and of all bars since."""
    @staticmethod
    def ha(open: float, high: float, low: float, close: float) -> tuple[Series, Series, Series, Series]:
        """Heikin-Ashi candles: open, high, low, close: each opens in the middle of the body before, closes at the average price, and reaches to the bar's extremes or its own."""
    @staticmethod
    def highest(x: float, length: Length = 30) -> Series:
        """The largest of the last `length` inputs."""
    @staticmethod
    def highestbars(source: float, length: Length) -> Series:
        """Minus how many inputs ago the largest of the last `length` was, 0 to 1 − length; the oldest of equals."""
    @staticmethod
    def hma(source: float, length: Length = 9) -> Series:
        """Hull's average: a weighted one over √length inputs (rounded down) of twice the weighted average of half the length (rounded down) less that of all."""
    @staticmethod
    def ht_dcperiod(x: float) -> Series:
        """Period of the dominant cycle, in bars."""
    @staticmethod
    def ht_dcphase(x: float) -> Series:
        """Phase of the dominant cycle in degrees, -45 to 315."""
    @staticmethod
    def ht_phasor(x: float) -> tuple[Series, Series]:
        """In-phase and quadrature component of the cycle."""
    @staticmethod
    def ht_sine(x: float) -> tuple[Series, Series]:
        """Sine of the dominant cycle's phase, and of the phase 45 degrees on."""
    @staticmethod
    def ht_trendline(x: float) -> Series:
        """Instantaneous trendline: prices without their dominant cycle."""
    @staticmethod
    def ht_trendmode(x: float) -> Whole:
        """1 in a trend, 0 in a cycle and for the first 63 inputs."""
    @staticmethod
    def ichimoku(high: float, low: float, conversionPeriods: Length = 9, basePeriods: Length = 26, laggingSpan2Periods: Length = 52, displacement: Length = 26) -> tuple[Series, Series, Series, Series]:
        """Ichimoku: conversion line, base line, leading spans A and B."""
    @staticmethod
    def iii(high: float, low: float, close: float, volume: float) -> Series:
        """Intraday intensity: where the close lies between the low (−1) and the high (1), by volume; na where there was none, or high = low."""
    @staticmethod
    def imi(open: float, close: float, timeperiod: Length = 14) -> Series:
        """Intraday momentum index, 0 to 100: the bodies of rising bars over all bodies, summed over `timeperiod` bars."""
    @staticmethod
    def kama(x: float, timeperiod: Length = 30) -> Series:
        """Kaufman's adaptive moving average: as fast as an EMA of 2 in a straight move, as slow as one of 30 in noise."""
    @staticmethod
    def kc(series: float, high: float, low: float, close: float, length: Length = 20, mult: float = 2.0, useTrueRange: Truth = True) -> tuple[Series, Series, Series]:
        """Keltner channel: middle, upper, lower, in Pine's order: the exponential average of the series, and that of the true range, or of high − low, `mult` times above and below it."""
    @staticmethod
    def kcw(series: float, high: float, low: float, close: float, length: Length = 20, mult: float = 2.0, useTrueRange: Truth = True) -> Series:
        """The width of ta.kc over its middle."""
    @staticmethod
    def kdj(high: float, low: float, close: float, fastk_period: Length = 9, slowk_period: Length = 3, slowk_matype: int = 13, slowd_period: Length = 3, slowd_matype: int = 13) -> tuple[Series, Series, Series]:
        """KDJ: %K and %D as in `stoch`, by Wilder's averages, and J = 3 K − 2 D, which goes beyond 0 and 100; matypes as in `ma`, but the default, 11, is Wilder's."""
    @staticmethod
    def keltner(high: float, low: float, close: float, length: Length = 20, mult: float = 2.0) -> tuple[Series, Series, Series]:
        """Keltner channel: upper, middle, lower, as ta.kc of the close by the true range."""
    @staticmethod
    def linearreg(x: float, timeperiod: Length = 14) -> Series:
        """Where the least squares line through the last `timeperiod` ≥ 2 inputs is at the newest."""
    @staticmethod
    def linearreg_angle(x: float, timeperiod: Length = 14) -> Series:
        """The angle, in degrees, of the least squares line through the last `timeperiod` ≥ 2 inputs, a bar as wide as a unit of the input is high."""
    @staticmethod
    def linearreg_intercept(x: float, timeperiod: Length = 14) -> Series:
        """Where the least squares line through the last `timeperiod` ≥ 2 inputs is at the oldest."""
    @staticmethod
    def linearreg_slope(x: float, timeperiod: Length = 14) -> Series:
        """How much the least squares line through the last `timeperiod` ≥ 2 inputs rises a bar."""
    @staticmethod
    def linreg(source: float, length: Length = 14, offset: int = 0) -> Series:
        """The least-squares line through the last `length` inputs, `offset` inputs before its newest end; length ≥ 2."""
    @staticmethod
    def ln(x: float) -> Series:
        """Natural logarithm; -infinity at 0, na below."""
    @staticmethod
    def log10(x: float) -> Series:
        """Logarithm to base 10; -infinity at 0, na below."""
    @staticmethod
    def lowest(x: float, length: Length = 30) -> Series:
        """The smallest of the last `length` inputs."""
    @staticmethod
    def lowestbars(source: float, length: Length) -> Series:
        """Minus how many inputs ago the smallest of the last `length` was, 0 to 1 − length; the oldest of equals."""
    @staticmethod
    def ma(x: float, timeperiod: Length = 30, matype: int = 0) -> Series:
        """Moving average."""
    @staticmethod
    def macd(x: float, fastperiod: Length = 12, slowperiod: Length = 26, signalperiod: Length = 9) -> tuple[Series, Series, Series]:
        """Moving average convergence/divergence: line, signal, histogram."""
    @staticmethod
    def macdext(x: float, fastperiod: Length = 12, fastmatype: int = 0, slowperiod: Length = 26, slowmatype: int = 0, signalperiod: Length = 9, signalmatype: int = 0) -> tuple[Series, Series, Series]:
        """`macd` of averages of any kind; matypes as in `ma`."""
    @staticmethod
    def macdfix(x: float, signalperiod: Length = 9) -> tuple[Series, Series, Series]:
        """`macd` of lengths 12 and 26 whose averages have k = 0.15 and 0.075."""
    @staticmethod
    def mama(x: float, fastlimit: float = 0.5, slowlimit: float = 0.05) -> tuple[Series, Series]:
        """MESA adaptive moving average and the following one."""
    @staticmethod
    def marketfi(high: float, low: float, volume: float) -> Series:
        """Market facilitation index: the range that a unit of volume moved."""
    @staticmethod
    def massi(high: float, low: float, fastperiod: Length = 9, slowperiod: Length = 25) -> Series:
        """Mass index: the sum over `slowperiod` bars of an exponential average of high − low over the exponential average of that average."""
    @staticmethod
    def mavp(x: float, periods: float, minperiod: Length = 2, maxperiod: Length = 30, matype: int = 0) -> Series:
        """Moving average of a length that each bar brings: `periods`, its fraction cut off, from minperiod to maxperiod; matype 0 or 11, simple, or 10, the input, and na for another."""
    @staticmethod
    def max(x: float, timeperiod: Length = 30) -> Series:
        """The largest of the last `timeperiod` inputs."""
    @staticmethod
    def maxindex(x: float, timeperiod: Length = 30) -> Whole:
        """The bar of the largest of the last `timeperiod` inputs; 0 until there are so many."""
    @staticmethod
    def median(source: float, length: Length) -> Series:
        """The middle one of the last `length` inputs by size, or the mean of the middle two."""
    @staticmethod
    def medprice(high: float, low: float) -> Series:
        """Median price: the middle of the range."""
    @staticmethod
    def mfi(high: float, low: float, close: float, volume: float, timeperiod: Length = 14) -> Series:
        """Money flow index, 0 to 100: typical price times volume of bars with a higher typical price than the bar before, over that of bars with a higher or lower one."""
    @staticmethod
    def midpoint(x: float, timeperiod: Length = 14) -> Series:
        """The middle between the highest and the lowest of the last `timeperiod` inputs."""
    @staticmethod
    def midprice(high: float, low: float, timeperiod: Length = 14) -> Series:
        """The middle between the highest high and the lowest low of the last `timeperiod` bars."""
    @staticmethod
    def min(x: float, timeperiod: Length = 30) -> Series:
        """The smallest of the last `timeperiod` inputs."""
    @staticmethod
    def minindex(x: float, timeperiod: Length = 30) -> Whole:
        """The bar of the smallest of the last `timeperiod` inputs."""
    @staticmethod
    def minmax(x: float, timeperiod: Length = 30) -> tuple[Series, Series]:
        """The smallest and the largest of the last `timeperiod` inputs."""
    @staticmethod
    def minmaxindex(x: float, timeperiod: Length = 30) -> tuple[Whole, Whole]:
        """The bars of the smallest and of the largest of the last `timeperiod` inputs."""
    @staticmethod
    def minus_di(high: float, low: float, close: float, timeperiod: Length = 14) -> Series:
        """Minus directional indicator, made as `plus_di` is."""
    @staticmethod
    def minus_dm(high: float, low: float, timeperiod: Length = 14) -> Series:
        """Minus directional movement, made as `plus_dm` is."""
    @staticmethod
    def mode(source: float, length: Length) -> Series:
        """The most frequent of the last `length` inputs, the smallest of equally frequent ones."""
    @staticmethod
    def mom(x: float, timeperiod: Length = 10) -> Series:
        """Momentum: the change over `timeperiod` inputs."""
    @staticmethod
    def mult(x: float, y: float) -> Series:
        """x × y."""
    @staticmethod
    def natr(high: float, low: float, close: float, timeperiod: Length = 14) -> Series:
        """Average true range in percent of the close."""
    @staticmethod
    def nvi(close: float, volume: float) -> Series:
        """Negative volume index: 1,000 compounded by the closes' relative changes at bars of less volume than the bar before."""
    @staticmethod
    def obv(x: float, volume: float) -> Series:
        """On balance volume."""
    @staticmethod
    def percentile(x: float, timeperiod: Length = 30, percentile: float = 50.0) -> Series:
        """The smallest of the last `timeperiod` inputs that `percentile` (0 to 100) percent of them are not above."""
    @staticmethod
    def percentile_linear_interpolation(source: float, length: Length, percentage: float) -> Series:
        """The `percentage` (0 to 100) percentile of the last `length` inputs, on the line between the two nearest: as in Pine the k-th smallest is the 100 (k − ½) / length percentile."""
    @staticmethod
    def percentile_nearest_rank(source: float, length: Length, percentage: float) -> Series:
        """The smallest of the last `length` inputs that `percentage` (0 to 100) percent of them are not above."""
    @staticmethod
    def percentrank(source: float, length: Length) -> Series:
        """How many of the `length` inputs before this one are not above it, in percent."""
    @staticmethod
    def pivothigh(source: float, leftbars: Length, rightbars: Length) -> Series:
        """The input `rightbars` ago at the bar that confirms it as a peak, else na: above the `rightbars` inputs after it and not below the `leftbars` before it."""
    @staticmethod
    def pivotlow(source: float, leftbars: Length, rightbars: Length) -> Series:
        """The input `rightbars` ago at the bar that confirms it as a trough, else na: below the `rightbars` inputs after it and not above the `leftbars` before it."""
    @staticmethod
    def plus_di(high: float, low: float, close: float, timeperiod: Length = 14) -> Series:
        """Plus directional indicator, 0 to 100: Wilder's sum of plus movements over that of true ranges."""
    @staticmethod
    def plus_dm(high: float, low: float, timeperiod: Length = 14) -> Series:
        """Plus directional movement, Wilder's sum of it."""
    @staticmethod
    def ppo(x: float, fastperiod: Length = 12, slowperiod: Length = 26, matype: int = 1) -> Series:
        """Percentage price oscillator: what `apo` gives in percent of the slower average."""
    @staticmethod
    def pvi(close: float, volume: float) -> Series:
        """Positive volume index: 1,000 compounded by the closes' relative changes at bars of more volume than the bar before."""
    @staticmethod
    def pvo(volume: float, fastperiod: Length = 12, slowperiod: Length = 26, matype: int = 1) -> Series:
        """Percentage volume oscillator: `ppo` of volume."""
    @staticmethod
    def pvt(close: float, volume: float) -> Series:
        """Price-volume trend: the sum of volumes, each times its close's relative change; 0 at the first bar."""
    @staticmethod
    def qstick(open: float, close: float, timeperiod: Length = 10) -> Series:
        """Qstick: the simple average of bars' bodies."""
    @staticmethod
    def range(source: float, length: Length) -> Series:
        """The largest less the smallest of the last `length` inputs."""
    @staticmethod
    def rising(source: float, length: Length) -> Condition:
        """Whether the input is above each of the `length` inputs before it; false until there are so many."""
    @staticmethod
    def rma(source: float, length: Length = 14) -> Series:
        """Wilder's smoothing, k = 1 / length, from the simple average of the first `length` inputs."""
    @staticmethod
    def roc(x: float, timeperiod: Length = 10) -> Series:
        """Rate of change over `timeperiod` inputs in percent."""
    @staticmethod
    def rocp(x: float, timeperiod: Length = 10) -> Series:
        """Rate of change over `timeperiod` inputs as a fraction."""
    @staticmethod
    def rocr(x: float, timeperiod: Length = 10) -> Series:
        """The input over the one `timeperiod` inputs ago."""
    @staticmethod
    def rocr100(x: float, timeperiod: Length = 10) -> Series:
        """The input over the one `timeperiod` inputs ago, times 100."""
    @staticmethod
    def rsi(x: float, timeperiod: Length = 14) -> Series:
        """Relative strength index, 0 to 100."""
    @staticmethod
    def rvi(x: float, timeperiod: Length = 14, stddevperiod: Length = 10) -> Series:
        """Relative volatility index, 0 to 100: `rsi` of standard deviations: Wilder's average of those at rising inputs, over that of those at rising or falling ones."""
    @staticmethod
    def rvol(volume: float, timeperiod: Length = 20) -> Series:
        """Relative volume: over the average of the `timeperiod` bars before."""
    @staticmethod
    def sar(high: float, low: float, acceleration: float = 0.02, maximum: float = 0.2) -> Series:
        """Parabolic stop and reverse."""
    @staticmethod
    def sarext(high: float, low: float, startvalue: float = 0.0, offsetonreverse: float = 0.0, accelerationinitlong: float = 0.02, accelerationlong: float = 0.02, accelerationmaxlong: float = 0.2, accelerationinitshort: float = 0.02, accelerationshort: float = 0.02, accelerationmaxshort: float = 0.2) -> Series:
        """Parabolic stop and reverse with factors for each side; below zero while short."""
    @staticmethod
    def sin(x: float) -> Series:
        """Sine of radians."""
    @staticmethod
    def sinh(x: float) -> Series:
        """Hyperbolic sine."""
    @staticmethod
    def sma(x: float, timeperiod: Length = 30) -> Series:
        """Simple moving average."""
    @staticmethod
    def smi(high: float, low: float, close: float, timeperiod: Length = 13, fastperiod: Length = 2, slowperiod: Length = 25, signalperiod: Length = 9) -> tuple[Series, Series]:
        """Stochastic momentum index, −100 to 100, and its signal: the close's distance from the middle of the range of the last `timeperiod` bars, over half that range, each averaged by the slow and then by the fast exponential average; the signal is an average of it."""
    @staticmethod
    def sqrt(x: float) -> Series:
        """Square root; na below 0."""
    @staticmethod
    def stddev(x: float, timeperiod: Length = 5, nbdev: float = 1.0) -> Series:
        """nbdev × the population standard deviation of the last `timeperiod` inputs."""
    @staticmethod
    def stdev(source: float, length: Length, biased: Truth = True) -> Series:
        """The square root of ta.variance."""
    @staticmethod
    def stoch(high: float, low: float, close: float, fastk_period: Length = 5, slowk_period: Length = 3, slowk_matype: int = 0, slowd_period: Length = 3, slowd_matype: int = 0) -> tuple[Series, Series]:
        """Stochastic oscillator: slow %K, an average of where the close lies in the range of the last bars, in percent, and slow %D, an average of it; matypes as in `ma`."""
    @staticmethod
    def stochf(high: float, low: float, close: float, fastk_period: Length = 5, fastd_period: Length = 3, fastd_matype: int = 0) -> tuple[Series, Series]:
        """Fast stochastic oscillator: %K, where the close lies in the range of the last bars, in percent, and %D, an average of it; matypes as in `ma`."""
    @staticmethod
    def stochrsi(x: float, timeperiod: Length = 14, fastk_period: Length = 5, fastd_period: Length = 3, fastd_matype: int = 0) -> tuple[Series, Series]:
        """Stochastic RSI: `stochf` of the relative strength index."""
    @staticmethod
    def sub(x: float, y: float) -> Series:
        """x - y."""
    @staticmethod
    def sum(x: float, timeperiod: Length = 30) -> Series:
        """Sum of the last `timeperiod` inputs."""
    @staticmethod
    def supertrend(high: float, low: float, close: float, factor: float = 3.0, atrPeriod: Length = 10) -> tuple[Series, Series]:
        """Supertrend: line, direction."""
    @staticmethod
    def swma(source: float) -> Series:
        """The last four inputs weighted 1, 2, 2, 1."""
    @staticmethod
    def t3(x: float, timeperiod: Length = 5, vfactor: float = 0.7) -> Series:
        """Tillson's T3: a generalized DEMA, (1 + v)·e1 − v·e2, applied three times, written out as a sum of the third to sixth of six chained EMAs."""
    @staticmethod
    def tan(x: float) -> Series:
        """Tangent of radians."""
    @staticmethod
    def tanh(x: float) -> Series:
        """Hyperbolic tangent."""
    @staticmethod
    def tema(x: float, timeperiod: Length = 30) -> Series:
        """Triple exponential moving average, 3·e1 − 3·e2 + e3, each the EMA of the one before."""
    @staticmethod
    def tr(high: float, low: float, close: float, handle_na: Truth = False) -> Series:
        """True range; at the first bar high − low if handle_na, else na."""
    @staticmethod
    def trange(high: float, low: float, close: float) -> Series:
        """True range."""
    @staticmethod
    def trima(x: float, timeperiod: Length = 30) -> Series:
        """Triangular moving average: weights rise to the middle of the window and fall again."""
    @staticmethod
    def trix(x: float, timeperiod: Length = 30) -> Series:
        """The change in percent, from bar to bar, of an EMA of an EMA of an EMA."""
    @staticmethod
    def tsf(x: float, timeperiod: Length = 14) -> Series:
        """Time series forecast: where the least squares line through the last `timeperiod` ≥ 2 inputs will be at the next bar."""
    @staticmethod
    def tsi(source: float, short_length: Length = 13, long_length: Length = 25) -> Series:
        """True strength index, −1 to 1: changes averaged twice, over their sizes averaged alike."""
    @staticmethod
    def typprice(high: float, low: float, close: float) -> Series:
        """Typical price."""
    @staticmethod
    def ultosc(high: float, low: float, close: float, timeperiod1: Length = 7, timeperiod2: Length = 14, timeperiod3: Length = 28) -> Series:
        """Ultimate oscillator, 0 to 100: buying pressure over true range, each summed over three lengths, weighted 4, 2 and 1 from the shortest to the longest."""
    @staticmethod
    def valuewhen(condition: Truth, source: float, occurrence: int = 0) -> Series:
        """The source at the bar where the condition held, the last time (occurrence 0), the time before (1), …; na before, or where it was na then."""
    @staticmethod
    def var(x: float, timeperiod: Length = 5, nbdev: float = 1.0) -> Series:
        """Population variance of the last `timeperiod` inputs."""
    @staticmethod
    def variance(source: float, length: Length, biased: Truth = True) -> Series:
        """The variance of the last `length` inputs: the population's, or if not biased the estimate from a sample, na for a length of 1."""
    @staticmethod
    def vhf(x: float, timeperiod: Length = 28) -> Series:
        """Vertical horizontal filter, 0 to 1: the range of the last `timeperiod` inputs over the sum of the sizes of their changes, the one to the oldest of them included."""
    @staticmethod
    def vortex(high: float, low: float, close: float, timeperiod: Length = 14) -> tuple[Series, Series]:
        """Vortex indicator: plus and minus: distances from the low before to the high, and from the high before to the low, each summed over `timeperiod` bars and divided by the sum of true ranges."""
    @staticmethod
    def vwap(source: float, volume: float, time: int) -> Series:
        """The average of the day's inputs weighted by volume, from the first bar of each UTC day on; na while there was none."""
    @staticmethod
    def vwap_bands(source: float, volume: float, anchor: Truth, stdev_mult: float = 1.0) -> tuple[Series, Series, Series]:
        """The average of inputs weighted by volume since the last bar with `anchor`, that bar counted, and the lines `stdev_mult` weighted standard deviations above and below it; na before the first such bar."""
    @staticmethod
    def vwma(source: float, volume: float, length: Length = 20) -> Series:
        """The average of the last `length` inputs weighted by volume; na where there was none."""
    @staticmethod
    def wad(high: float, low: float, close: float) -> Series:
        """Williams' accumulation/distribution: the sum of closes' distances from the true low where they rose and from the true high where they fell; 0 at the first bar."""
    @staticmethod
    def wclprice(high: float, low: float, close: float) -> Series:
        """Weighted close price: the close counts twice."""
    @staticmethod
    def willr(high: float, low: float, close: float, timeperiod: Length = 14) -> Series:
        """Williams' %R, −100 to 0: how far the close is below the highest high, over the range of the last `timeperiod` bars."""
    @staticmethod
    def wma(x: float, timeperiod: Length = 30) -> Series:
        """Linearly weighted moving average, the newest input the heaviest."""
    @staticmethod
    def wvad(open: float, high: float, low: float, close: float, volume: float) -> Series:
        """Volume times the part of the bar's range that lies between open and close; na where high = low."""
    @staticmethod
    def zlema(x: float, timeperiod: Length = 30) -> Series:
        """Zero-lag exponential moving average: an EMA of the input and of what it gained on the one of (timeperiod − 1) // 2 inputs ago."""
    @staticmethod
    def zscore(source: float, length: Length = 20) -> Series:
        """How many standard deviations (the population's) the input is from the mean of the last `length`; na where these do not move."""

math: _Math
ta: _Ta
