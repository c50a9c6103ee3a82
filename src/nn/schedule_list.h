/* One line per schedule: X(name) of `schedule_NAME.c`. */
X(constant)
X(inverse_time)
