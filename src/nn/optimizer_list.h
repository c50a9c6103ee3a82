/* One line per optimizer: X(name) of `optimizer_NAME.c`. */
X(sgd)
X(adam)
X(adamw)
