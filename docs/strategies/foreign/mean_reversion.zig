//! Buys below a running mean and sells above it; a test builds it, as docs/strategy-abi.md says.

const Bar = extern struct { time: i64, open: f64, high: f64, low: f64, close: f64, volume: f64 };

const plot_count = 1;
const Output = extern struct {
    action: i64,
    alerts: i64,
    size: f64,
    limit: f64,
    stop: f64,
    exit_limit: f64,
    exit_stop: f64,
    exit_trail: f64,
    score: f64,
    plots: [plot_count]f64,
};
const enter_long = 1;
const exit = 3;

var bar_record: Bar = undefined;
var output_record: Output = undefined;
var params: extern struct { margin: f64 } = undefined;
var state: extern struct { bars: f64, mean: f64 } = .{ .bars = 0, .mean = 0 };
const metadata =
    \\{
    \\  "description": "Buys below a running mean and sells above it.",
    \\  "language": "Zig",
    \\  "params": [{"name": "margin", "type": "float", "default": 0.02, "low": 0, "high": 0.5}],
    \\  "plots": ["mean"],
    \\  "alerts": ["The close is far from its mean"]
    \\}
;

var descriptor: [11]u32 = undefined;

export fn peripheral_describe() *const [11]u32 {
    descriptor = .{
        1,
        @intFromPtr(&bar_record),
        @sizeOf(Bar),
        @intFromPtr(&output_record),
        @sizeOf(Output),
        @intFromPtr(&params),
        @sizeOf(@TypeOf(params)),
        @intFromPtr(&state),
        @sizeOf(@TypeOf(state)),
        @intFromPtr(metadata),
        metadata.len,
    };
    return &descriptor;
}

export fn on_bar(bar: *const Bar, output: *Output) void {
    state.bars += 1;
    state.mean += (bar.close - state.mean) / state.bars;
    const distance = bar.close / state.mean - 1;
    if (distance < -params.margin) {
        output.action = enter_long;
    } else if (distance > params.margin) {
        output.action = exit;
    }
    output.alerts = @intFromBool(@abs(distance) > 2 * params.margin);
    output.score = -distance;
    output.plots[0] = state.mean;
}
