/* Orders whatever the volume says, and shows the position. The test has it in our language too. */
#define PERIPHERAL_POSITION
#include "peripheral.h"

static struct {
} params;
static struct {
  double unused;
} state;

PERIPHERAL_STRATEGY(params, state, 4,
                    {"description": "Test.", "plots": ["size", "entry", "held", "profit"]})

void on_bar(const struct peripheral_bar *bar, struct peripheral_output *out) {
  double size = bar->high - bar->low;
  if (bar->volume == 1.0) {
    out->action = PERIPHERAL_ENTER_LONG;
    out->size = size;
    out->limit = bar->open;
    out->exit_stop = bar->low - size;
    out->exit_trail = size;
  } else if (bar->volume == 2.0) {
    out->action = PERIPHERAL_ENTER_SHORT;
    out->size = size;
    out->stop = bar->low;
    out->exit_limit = bar->low - 2.0 * size;
  } else if (bar->volume == 3.0) {
    out->action = PERIPHERAL_EXIT;
  } else if (bar->volume == 4.0) {
    out->action = PERIPHERAL_ORDER;
    out->size = -size;
  } else if (bar->volume == 5.0) {
    out->action = PERIPHERAL_CANCEL;
  } else if (bar->volume == 6.0) {
    out->action = PERIPHERAL_ENTER_LONG;
  } else if (bar->volume == 7.0) {
    out->action = PERIPHERAL_EXIT;
    out->size = size;
    out->limit = bar->low; /* which an exit has not */
  } else if (bar->volume == 10.0) {
    out->action = PERIPHERAL_ENTER_LONG;
    out->size = -size;
    out->exit_stop = bar->low;
  } else if (bar->volume == 11.0) {
    out->action = PERIPHERAL_ENTER_SHORT;
    out->size = size;
    out->exit_stop = size / 0.0;
    out->exit_limit = -size / 0.0;
  } else if (bar->volume == 12.0) {
    out->action = PERIPHERAL_ENTER_SHORT;
    out->stop = size / 0.0;
  } else if (bar->volume == 13.0) {
    out->action = PERIPHERAL_ORDER;
    out->limit = bar->low;
  } else if (bar->volume == 14.0) {
    out->action = PERIPHERAL_EXIT;
    out->size = 0.0;
  } else if (bar->volume == 15.0) {
    out->action = PERIPHERAL_CANCEL;
    out->size = size;
    out->exit_trail = size;
  } else if (bar->volume == 16.0) {
    out->action = PERIPHERAL_ORDER;
    out->size = -size / 0.0;
  } else if (bar->volume == 9.0) {
    __builtin_trap();
  }
  out->plots[0] = bar->position_size;
  out->plots[1] = bar->entry_price;
  out->plots[2] = (double)bar->bars_held;
  out->plots[3] = bar->open_profit;
}
