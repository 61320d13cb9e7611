"""People who share one Thaw: how it is served, who may do what, and what is noted of it."""
