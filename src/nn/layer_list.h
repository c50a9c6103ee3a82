/* One line per layer: X(name) of `layer_NAME.c`. */
X(dense)
X(activation)
X(dropout)
X(batchnorm)
X(layernorm)
X(flatten)
X(embedding)
X(mlp)
