-- What is declared of instruments: few rows, so that these stay plain tables everywhere.

-- Of a day's events with the same number the latest counts; of a split the number is 1.
CREATE TABLE actions (
    symbol        text   NOT NULL,
    feed          text   NOT NULL,
    ex_date       date   NOT NULL,
    -- split, which has a ratio, or dividend, which has an amount.
    type          text   NOT NULL,
    number        bigint NOT NULL,
    ratio         double precision,
    amount        double precision,
    -- Null is the currency of the instrument's prices.
    currency      text,
    source_offset bigint NOT NULL,
    PRIMARY KEY (symbol, feed, ex_date, type, number)
);

CREATE TABLE instruments (
    symbol        text   NOT NULL,
    feed          text   NOT NULL,
    tick_size     double precision NOT NULL,
    lot           double precision NOT NULL,
    currency      text   NOT NULL,
    sector        text,
    calendar      text   NOT NULL,
    first_day     date,
    last_day      date,
    source_offset bigint NOT NULL,
    PRIMARY KEY (symbol, feed)
);
