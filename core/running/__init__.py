"""Running it: the queue and its worker, the price before, the receipt after."""
