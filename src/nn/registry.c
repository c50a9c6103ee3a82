/* The registries of this room, built from its lists. */
#include "nn/nn_impl.h"

#include <assert.h>

#define REGISTRY(variable, text, list) \
    const struct muster_registry variable = {text, sizeof list / sizeof *list, list}

static const struct muster_plugin *const activations[] = {
#define X(name) &muster_activation_##name.plugin,
#include "nn/activation_list.h"
#undef X
};
REGISTRY(muster_nn_activations, "activation", activations);

static const struct muster_plugin *const losses[] = {
#define X(name) &muster_loss_##name.plugin,
#include "nn/loss_list.h"
#undef X
};
REGISTRY(muster_nn_losses, "loss", losses);

static const struct muster_plugin *const layers[] = {
#define X(name) &muster_layer_##name.plugin,
#include "nn/layer_list.h"
#undef X
};
REGISTRY(muster_nn_layers, "layer", layers);

static const struct muster_plugin *const optimizers[] = {
#define X(name) &muster_optimizer_##name.plugin,
#include "nn/optimizer_list.h"
#undef X
};
REGISTRY(muster_nn_optimizers, "optimizer", optimizers);

static const struct muster_plugin *const schedules[] = {
#define X(name) &muster_schedule_##name.plugin,
#include "nn/schedule_list.h"
#undef X
};
REGISTRY(muster_nn_schedules, "schedule", schedules);

const struct muster_activation *muster_nn_activation(const char *name)
{
    const struct muster_plugin *plugin = muster_registry_find(&muster_nn_activations, name);
    assert(plugin != NULL);
    return (const struct muster_activation *)plugin; /* its first member */
}

bool muster_nn_embeds(const char *name)
{
    const struct muster_plugin *plugin = muster_registry_find(&muster_nn_layers, name);
    if (plugin == NULL)
        return false;
    const struct muster_layer_kind *kind = (const struct muster_layer_kind *)plugin; /* likewise */
    return kind->tokens && !kind->parted;
}
