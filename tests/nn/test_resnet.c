/* The family resnet, an identity and a projection block, against PyTorch's values
 * (conv_reference.py): output of the training pass, gradients of the input and of all arrays. */
#include "conv_test.h"

#include "resnet_reference.h"

enum { FILTERS = 3, OUTPUTS = 4 };

static const struct muster_shape shape = {.rank = 3, .dims = {6, 5, 2}};

static bool scales(const struct muster_net *net, size_t layer, size_t i)
{
    return i == 0 && strcmp(muster_net_layer_kind(net, layer), "batchnorm") == 0;
}

/* The k-th array of weights, or -1 behind the last: its layer and place there. */
static bool trained(const struct muster_net *net, size_t k, size_t *layer, size_t *i)
{
    for (*layer = 1; *layer < net->n_layers; (*layer)++)
        for (*i = 0; *i < net->layers[*layer]->n_slots; (*i)++)
            if (!net->layers[*layer]->slots[*i].state && k-- == 0)
                return true;
    return false;
}

static void fill(struct muster_net *net)
{
    struct muster_net_array array;
    size_t layer, i;
    for (size_t k = 0; trained(net, k, &layer, &i); k++) {
        muster_net_layer_array(net, layer, i, &array);
        float *values = numbers(cos, 0.7 + 0.1 * (double)k, 0.5, size_of(&array));
        for (size_t n = 0; n < size_of(&array) && scales(net, layer, i); n++)
            values[n] += 1;
        muster_net_layer_write(net, layer, i, values);
        muster_free(values);
    }
}

static struct muster_net *make(void)
{
    struct muster_block blocks[] = {mirror(&shape), layer_block("resnet")};
    muster_block_set(&blocks[1], "stages", 2, NULL);
    muster_block_set(&blocks[1], "filters", FILTERS, NULL);
    struct muster_net *net = net_of(&(struct muster_net_setup){.input = shape,
                                                               .task = MUSTER_REGRESSION,
                                                               .outputs = OUTPUTS,
                                                               .batch = ROWS,
                                                               .layers = blocks,
                                                               .n_layers = 2});
    for (size_t i = 0; i < 2; i++)
        muster_block_clear(&blocks[i]);
    write_identity(net, 0, shape.dims[2]);
    fill(net);
    return net;
}

static void check_gradients(struct muster_net *net)
{
    struct muster_net_array array;
    const float *expected = resnet_gradients;
    size_t layer, i;
    memcpy(net->weights, net->gradients, net->n_weights * sizeof *net->weights);
    for (size_t k = 0; trained(net, k, &layer, &i); k++, expected += size_of(&array)) {
        muster_net_layer_array(net, layer, i, &array);
        float *found = muster_alloc(size_of(&array), sizeof *found);
        muster_net_layer_read(net, layer, i, found);
        assert_close(found, expected, size_of(&array));
        muster_free(found);
    }
    assert_ptr_equal(expected, resnet_gradients + sizeof resnet_gradients / sizeof *expected);
}

static void values_are_those_of_pytorch(void **state)
{
    (void)state;
    struct muster_net *net = make();
    const size_t in = muster_shape_size(&shape);
    float *x = numbers(sin, 1.3, 1, ROWS * in), *targets = numbers(sin, 0.9, 1, ROWS * OUTPUTS);
    muster_net_gradient(net, (struct muster_inputs){.x = x},
                        (struct muster_targets){.values = targets}, ROWS, &training);
    const struct muster_edge *last = &net->edges[net->n_layers - 1];
    for (size_t i = 0; i < ROWS; i++) {
        assert_close(last->value + i * last->ld, resnet_y + i * OUTPUTS, OUTPUTS);
        assert_close(net->edges[0].slope + i * net->edges[0].ld, resnet_dx + i * in, in);
    }
    check_gradients(net);
    muster_net_destroy(&net);
    muster_free(x);
    muster_free(targets);
    assert_int_equal(muster_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_are_those_of_pytorch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
