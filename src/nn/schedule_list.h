/* One line per schedule: X(name) of `schedule_NAME.c`. */
X(constant)
X(inverse_time)
X(step)
X(exponential)
X(cosine)
X(one_cycle)
X(reduce_on_plateau)
