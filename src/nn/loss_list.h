/* One line per loss: X(name) of `loss_NAME.c`. The first of a task is its standard. */
X(cross_entropy)
X(mse)
X(mae)
X(huber)
X(pinball)
X(binary_cross_entropy)
