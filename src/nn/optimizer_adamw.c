/* AdamW (Loshchilov, Hutter, ICLR 2019): Adam whose weight decay stands apart from the gradient, in
 * PyTorch's form (the weights shrink by rate times weight_decay). */
#include "nn/adam_impl.h"

static void step(struct muster_optimizer *optimizer, float *weights, const float *gradients,
                 float scale, double rate)
{
    muster_adam_step(optimizer, weights, gradients, scale, rate, true);
}

const struct muster_optimizer_kind muster_optimizer_adamw = {
    .plugin = {.name = "adamw",
               .help = "Adam with weight decay apart from the gradient",
               .options = muster_adam_options},
    .moments = 2,
    .step = step,
};
