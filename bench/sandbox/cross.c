/* The EMA cross of peers.py, step by step the same. */
#define BARS 131072

static double opens[BARS], closes[BARS], size[BARS];
static long long signal[BARS];

/* 0 opens, 1 closes, 2 signal, 3 size */
void *columns(int which) {
  void *all[] = {opens, closes, signal, size};
  return all[which];
}

static double larger(double a, double b) { return a > b ? a : b; }

void run(int n) {
  const double nan = __builtin_nan("");
  double fast = 0, slow = 0, gain = 0, loss = 0, held = 0;
  double entry = nan, previous = nan, last_fast = nan, last_slow = nan;
  int code = 0;
  long long bars = 0;
  for (int i = 0; i < n; i++) {
    double x = closes[i];
    if (held != 0) bars++;
    if (code == 1 && held <= 0) {
      held = 1, entry = opens[i], bars = 0;
    } else if (code == 3) {
      held = 0, entry = nan, bars = 0;
    }
    if (i < 12) {
      fast += x;
      if (i == 11) fast /= 12;
    } else {
      fast = (x - fast) * (2.0 / 13.0) + fast;
    }
    if (i < 26) {
      slow += x;
      if (i == 25) slow /= 26;
    } else {
      slow = (x - slow) * (2.0 / 27.0) + slow;
    }
    double strength = nan, change = x - previous;
    previous = x;
    if (i > 0) {
      double up = larger(change, 0), down = larger(-change, 0);
      if (i <= 14) {
        gain += up, loss += down;
        if (i == 14) gain /= 14, loss /= 14;
      } else {
        gain = (up - gain) * (1.0 / 14.0) + gain;
        loss = (down - loss) * (1.0 / 14.0) + loss;
      }
      if (i >= 14) {
        double total = gain + loss;
        strength = total > 0 ? 100.0 * (gain / total) : 0;
      }
    }
    double f = i >= 11 ? fast : nan, s = i >= 25 ? slow : nan;
    int over = last_fast <= last_slow && f > s, under = last_fast >= last_slow && f < s;
    last_fast = f, last_slow = s;
    code = 0;
    double amount = nan;
    if (held == 0) {
      if (over && strength < 70) code = 1, amount = 1;
    } else if (under || strength > 80) {
      code = 3;
    }
    signal[i] = code;
    size[i] = amount;
  }
  /* what a caller would read afterwards must not be optimised away */
  size[0] = entry == -1.0 && bars == -1 ? 0 : size[0];
}
