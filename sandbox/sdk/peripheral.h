/* Strategies in C for Peripheral: include this, say PERIPHERAL_STRATEGY once, write on_bar.
 *
 *   zig cc -target wasm32-freestanding -O2 -nostdlib -I sandbox/sdk -Wl,--no-entry \
 *     -Wl,--initial-memory=131072,--max-memory=131072,-z,stack-size=16384 -o mine.wasm mine.c
 *
 * docs/strategy-abi.md has the rules; docs/strategies/foreign/ema_cross_rsi.c is an example.
 */
#ifndef PERIPHERAL_H
#define PERIPHERAL_H

typedef unsigned int peripheral_u32;
typedef long long peripheral_i64;

/* What on_bar gets: one closed bar; and, if PERIPHERAL_POSITION is defined before this is
 * included, the position of the series' virtual account after the bar's fills. */
struct peripheral_bar {
  peripheral_i64 time; /* the bar's open, in UTC microseconds */
  double open, high, low, close, volume;
#ifdef PERIPHERAL_POSITION
  double position_size;     /* below 0 when short */
  double entry_price;       /* NaN when flat */
  peripheral_i64 bars_held;
  double open_profit;
#endif
};

enum peripheral_action {
  PERIPHERAL_NONE = 0,
  PERIPHERAL_ENTER_LONG = 1,
  PERIPHERAL_ENTER_SHORT = 2,
  PERIPHERAL_EXIT = 3,
  PERIPHERAL_ORDER = 4,
  PERIPHERAL_CANCEL = 5
};

/* What on_bar says. Before every bar action and alerts are 0 and all other numbers are NaN,
 * "no value": write only what the bar has to say. */
struct peripheral_output {
  peripheral_i64 action; /* enum peripheral_action */
  peripheral_i64 alerts; /* bit i: the i-th alert of the metadata */
  double size; /* of an entry, NaN is 1; of an order, below 0 sells; of an exit, NaN is all */
  double limit, stop;           /* prices of the order itself */
  double exit_limit, exit_stop; /* prices at which to leave again */
  double exit_trail;            /* the distance of a stop that follows the price */
  double score;                 /* for ranking in screens */
  double plots[];               /* in the order of the metadata */
};

/* The strategy: the last declaration that the ABI needs. No imports: write what you need of
 * libc yourself; sqrt, floor, fabs and the like are __builtin_… and one instruction. */
void on_bar(const struct peripheral_bar *bar, struct peripheral_output *out)
    __attribute__((export_name("on_bar")));

#define PERIPHERAL_NAN __builtin_nan("")

/* Where everything lies; read once, when an instance starts. */
struct peripheral_descriptor {
  peripheral_u32 version;
  const void *bar;
  peripheral_u32 bar_bytes;
  const void *output;
  peripheral_u32 output_bytes;
  const void *params;
  peripheral_u32 params_bytes;
  const void *state;
  peripheral_u32 state_bytes;
  const void *metadata;
  peripheral_u32 metadata_bytes;
};

/* PERIPHERAL_STRATEGY(params, state, plot_count, { …JSON… })
 *
 * params: your struct, eight bytes a param: double, or peripheral_i64 for int and bool.
 * state: your struct; the only memory that lives from one bar to the next.
 * The rest is the metadata, written as plain JSON: description, params, plots, alerts.
 */
#define PERIPHERAL_STRATEGY(params_object, state_object, plot_count, ...)                       \
  static struct peripheral_bar peripheral_bar_record;                                           \
  static _Alignas(8) char                                                                       \
      peripheral_output_record[sizeof(struct peripheral_output) + (plot_count) * sizeof(double)]; \
  static const char peripheral_metadata[] = #__VA_ARGS__;                                       \
  static const struct peripheral_descriptor peripheral_descriptor_record = {                    \
      1,                                                                                        \
      &peripheral_bar_record, sizeof peripheral_bar_record,                                     \
      peripheral_output_record, sizeof peripheral_output_record,                                \
      &params_object, sizeof params_object,                                                     \
      &state_object, sizeof state_object,                                                       \
      peripheral_metadata, sizeof peripheral_metadata - 1};                                     \
  __attribute__((export_name("peripheral_describe"))) const struct peripheral_descriptor *      \
  peripheral_describe(void) {                                                                   \
    return &peripheral_descriptor_record;                                                       \
  }

#endif
