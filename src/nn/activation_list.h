/* One line per activation: X(name) of `activation_NAME.c`. */
X(relu)
X(tanh)
X(sigmoid)
X(gelu)
X(identity)
