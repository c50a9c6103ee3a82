/* AdamW (Loshchilov, Hutter, ICLR 2019): Adam whose weight decay stands apart from the gradient, in
 * PyTorch's form (the weights shrink by rate times weight_decay). */
#include "nn/adam_impl.h"

static void begin(struct muster_optimizer *optimizer, float scale, double rate)
{
    muster_adam_begin(optimizer, scale, rate, true);
}

const struct muster_optimizer_kind muster_optimizer_adamw = {
    .plugin = {.name = "adamw",
               .help = "Adam with weight decay apart from the gradient",
               .options = muster_adam_options},
    .moments = 2,
    .begin = begin,
    .range = muster_adam_range,
};
