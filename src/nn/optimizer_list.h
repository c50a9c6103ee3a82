/* One line per optimizer: X(name) of `optimizer_NAME.c`. */
X(sgd)
X(adam)
X(adamw)
X(nadam)
X(rmsprop)
X(adagrad)
X(lamb)
X(lion)
