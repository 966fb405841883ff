/* EMA cross with an RSI filter: docs/strategies/ema_cross_rsi.py once more, in C.
 *
 * A test builds it and holds that both say the same at every bar, bit for bit.
 */
#include "peripheral.h"

static struct {
  peripheral_i64 fast_length, slow_length, rsi_length;
  double overbought, too_hot;
} params;

/* An average that begins with the plain mean of its first `length` inputs. */
struct average {
  peripheral_i64 seen;
  double value;
};

static struct {
  struct average fast, slow, gain, loss;
  double previous_close, previous_fast, previous_slow;
  peripheral_i64 bars;
} state;

enum { PLOT_FAST, PLOT_SLOW, PLOT_RSI, PLOTS };

PERIPHERAL_STRATEGY(params, state, PLOTS, {
  "description": "EMA cross with an RSI filter, in C.",
  "language": "C",
  "params": [
    {"name": "fast_length", "type": "int", "default": 12, "low": 2, "high": 100},
    {"name": "slow_length", "type": "int", "default": 26, "low": 3, "high": 200},
    {"name": "rsi_length", "type": "int", "default": 14, "low": 2, "high": 100},
    {"name": "overbought", "type": "float", "default": 70, "low": 50, "high": 100},
    {"name": "too_hot", "type": "float", "default": 85, "low": 50, "high": 100}
  ],
  "plots": ["fast", "slow", "rsi"]
})

/* Advances the average by x with this weight; NaN until it has seen enough. */
static double average(struct average *of, double x, peripheral_i64 length, double weight) {
  if (of->seen == length) {
    of->value = (x - of->value) * weight + of->value;
    return of->value;
  }
  of->value += x;
  if (++of->seen < length) return PERIPHERAL_NAN;
  of->value /= (double)length;
  return of->value;
}

static double ema(struct average *of, double x, peripheral_i64 length) {
  return average(of, x, length, 2.0 / (double)(length + 1));
}

static double wilder(struct average *of, double x, peripheral_i64 length) {
  return average(of, x, length, 1.0 / (double)length);
}

static double rsi(double close, peripheral_i64 length) {
  double change = close - state.previous_close;
  double gain = wilder(&state.gain, change > 0.0 ? change : 0.0, length);
  double loss = wilder(&state.loss, change < 0.0 ? -change : 0.0, length);
  double total = gain + loss;
  if (total != total) return PERIPHERAL_NAN;
  return total >= 1e-14 ? 100.0 * (gain / total) : 0.0;
}

void on_bar(const struct peripheral_bar *bar, struct peripheral_output *out) {
  double fast = ema(&state.fast, bar->close, params.fast_length);
  double slow = ema(&state.slow, bar->close, params.slow_length);
  double strength = state.bars > 0 ? rsi(bar->close, params.rsi_length) : PERIPHERAL_NAN;

  /* Comparisons with NaN are false: nothing crosses before both averages have two values. */
  int may_cross = state.bars > 0;
  int up = may_cross && state.previous_fast <= state.previous_slow && fast > slow;
  int down = may_cross && state.previous_fast >= state.previous_slow && fast < slow;

  if (up && strength < params.overbought)
    out->action = PERIPHERAL_ENTER_LONG;
  else if (down || strength > params.too_hot)
    out->action = PERIPHERAL_EXIT;

  out->plots[PLOT_FAST] = fast;
  out->plots[PLOT_SLOW] = slow;
  out->plots[PLOT_RSI] = strength;

  state.previous_close = bar->close;
  state.previous_fast = fast;
  state.previous_slow = slow;
  state.bars++;
}
