/* SPDX-License-Identifier: ISC */
/* Gradients of products, normalisation, convolution and elementwise functions. */
#include "back.h"

#include "slopes.h"

void xl_transpose(const real *weight, size_t in, size_t out, size_t columns, struct xl_rows to)
{
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++)
            to.data[o * to.stride + i] = weight[i * columns + o];
}

void xl_transpose_padded(const real *weight, size_t in, size_t out, size_t columns,
                         real *transposed)
{
    memset(transposed, 0, out * xl_pad(in) * sizeof(real));
    xl_transpose(weight, in, out, columns, (struct xl_rows){transposed, xl_pad(in)});
}

void xl_sum_rows(size_t width, size_t rows, struct xl_rows dy, real *to)
{
    for (size_t i = 0; i < width; i += W) {
        vf sum = vf_load(to + i);
        for (size_t row = 0; row < rows; row++)
            sum = sum + vf_load(dy.data + row * dy.stride + i);
        vf_store(to + i, sum);
    }
}

/** Sums over rows for a matrix with one output: dW of W inputs, and db in every lane. */
struct column_sums {
    vf weight, bias;
};

static inline void add_row(struct column_sums *sums, const real *x, real dy)
{
    sums->weight = vf_fma(vf_load(x), vf_set(dy), sums->weight);
    sums->bias = sums->bias + vf_set(dy);
}

/** For a matrix with one output: the rows of x in vectors, not those of dy. Even and odd rows are
 *  summed apart, so that sums need not wait for each other. */
static void column_gradient(const struct xl_matrix *w, real *gradient, size_t rows,
                            struct xl_rows x, struct xl_rows dy)
{
    for (size_t i = 0; i < w->in; i += W) {
        struct column_sums even = {vf_zero(), vf_zero()}, odd = even;
        real lanes[W];
        size_t row = 0;
        for (; row + 2 <= rows; row += 2) {
            add_row(&even, x.data + row * x.stride + i, dy.data[row * dy.stride]);
            add_row(&odd, x.data + (row + 1) * x.stride + i, dy.data[(row + 1) * dy.stride]);
        }
        if (row < rows)
            add_row(&even, x.data + row * x.stride + i, dy.data[row * dy.stride]);
        vf_store(lanes, even.weight + odd.weight);
        for (size_t lane = 0; lane < W && i + lane < w->in; lane++)
            gradient[w->weight + (i + lane) * w->columns] += lanes[lane];
        vf_store(lanes, even.bias + odd.bias);
        if (i == 0 && w->bias != XL_NONE)
            gradient[w->bias] += lanes[0];
    }
}

void xl_weight_gradient(const struct xl_matrix *w, real *gradient, size_t rows, struct xl_rows x,
                        struct xl_rows dy)
{
    if (w->grouped) {
        xl_grouped_gradient(w, rows, x, dy, gradient + w->weight);
        if (w->bias != XL_NONE)
            xl_sum_rows((size_t)w->blocks * w->out, rows, dy, gradient + w->bias);
        return;
    }
    if (w->out == 1 && w->blocks == 1) {
        column_gradient(w, gradient, rows, x, dy);
        return;
    }
    for (size_t block = 0; block < w->blocks; block++)
        xl_outer_sum(&(struct xl_outer){
            .m = w->in,
            .n = w->columns,
            .rows = rows,
            .x = xl_columns_from(x, block * w->in),
            .dy = xl_columns_from(dy, block * w->out),
            .to = gradient + w->weight + block * w->in * w->columns,
            .to_row = w->columns,
            .sum = w->bias == XL_NONE || w->blocks > 1 ? NULL : gradient + w->bias,
        });
    if (w->bias != XL_NONE && w->blocks > 1)
        xl_sum_rows((size_t)w->blocks * w->out, rows, dy, gradient + w->bias);
}

static void block_input_gradient(const struct xl_matrix *w, const real *transposed, size_t block,
                                 size_t rows, struct xl_rows dy, struct xl_rows dx, bool add)
{
    xl_multiply(&(struct xl_product){
        .m = rows,
        .n = xl_pad(w->in),
        .k = w->out,
        .a = dy.data + block * w->out,
        .a_row = dy.stride,
        .a_column = 1,
        .b = transposed,
        .b_row = xl_pad(w->in),
        .c = dx.data + block * w->in,
        .c_row = dx.stride,
        .accumulate = add,
    });
}

void xl_input_gradient(const struct xl_matrix *w, const real *transposed, size_t rows,
                       struct xl_rows dy, struct xl_rows dx, bool add)
{
    block_input_gradient(w, transposed, 0, rows, dy, dx, add);
}

void xl_matrix_back(const struct xl_matrix *w, const struct xl_back *back, struct xl_rows x,
                    struct xl_rows dy, struct xl_rows dx, bool add)
{
    const size_t rows = xl_run_rows(back->run);
    const real *weight = back->run->parameters + w->weight;
    xl_weight_gradient(w, back->gradient, rows, x, dy);
    if (!dx.data)
        return;
    if (w->grouped) {
        const struct xl_matrix t = xl_grouped_transpose(w, weight, back->scratch);
        xl_grouped_forward(&t, back->scratch, NULL, rows, dy, dx, add);
        return;
    }
    for (size_t block = 0; block < w->blocks; block++) {
        xl_transpose_padded(weight + block * w->in * w->columns, w->in, w->out, w->columns,
                            back->scratch);
        block_input_gradient(w, back->scratch, block, rows, dy, dx, add);
    }
}

/** One normalised group of one row (specification 12). */
static void norm_group(const struct xl_norm *norm, const struct xl_back *back, size_t at,
                       const real *x, const real *dy, real *dx, bool add)
{
    const size_t width = norm->width;
    const real *weight = back->run->parameters + norm->weight + at;
    real *dweight = back->gradient + norm->weight + at;
    real mean = 0, variance = 0, sum = 0, product = 0;
    for (size_t i = 0; norm->centred && i < width; i++)
        mean += x[i] / (real)width;
    for (size_t i = 0; i < width; i++)
        variance += (x[i] - mean) * (x[i] - mean) / (real)width;
    const real scale = 1 / (real)sqrt((double)variance + norm->epsilon);
    for (size_t i = 0; i < width; i++) {
        const real g = dy[i] * weight[i], unit = (x[i] - mean) * scale;
        sum += g / (real)width;
        product += g * unit / (real)width;
        dweight[i] += dy[i] * unit;
        if (norm->bias != XL_NONE)
            back->gradient[norm->bias + at + i] += dy[i];
    }
    for (size_t i = 0; i < width; i++) {
        const real unit = (x[i] - mean) * scale;
        const real d = scale * (dy[i] * weight[i] - (norm->centred ? sum : 0) - unit * product);
        dx[i] = add ? dx[i] + d : d;
    }
}

void xl_norm_back(const struct xl_norm *norm, const struct xl_back *back, struct xl_rows x,
                  struct xl_rows dy, struct xl_rows dx, bool add)
{
    for (size_t row = 0; row < xl_run_rows(back->run); row++)
        for (size_t group = 0; group < norm->groups; group++) {
            const size_t at = group * norm->width;
            norm_group(norm, back, at, x.data + row * x.stride + at, dy.data + row * dy.stride + at,
                       dx.data + row * dx.stride + at, add);
        }
}

/** Input frame `step` of a channel: from this run, or remembered from before it. */
static const real *input_at(const struct xl_conv *conv, const struct xl_back *back,
                            struct xl_rows x, ptrdiff_t step, size_t channel)
{
    const struct xl_run *run = back->run;
    if (step >= 0)
        return x.data + ((size_t)step * run->channels + channel) * x.stride;
    return run->state + channel * run->state_stride + conv->state +
           (size_t)((ptrdiff_t)conv->taps - 1 + step) * xl_pad(conv->width);
}

void xl_conv_back(const struct xl_conv *conv, const struct xl_back *back, struct xl_rows x,
                  struct xl_rows dy, struct xl_rows dx)
{
    const struct xl_run *run = back->run;
    const size_t padded = xl_pad(conv->width);
    const real *weight = run->parameters + conv->weight;
    real *dweight = back->gradient + conv->weight;
    xl_sum_rows(conv->width, xl_run_rows(run), dy, back->gradient + conv->bias);
    for (size_t row = 0; row < xl_run_rows(run); row++) {
        const size_t step = row / run->channels, channel = row % run->channels;
        const real *d = dy.data + row * dy.stride;
        for (size_t tap = 0; tap < conv->taps; tap++) {
            const ptrdiff_t from = (ptrdiff_t)(step + tap) - (ptrdiff_t)conv->taps + 1;
            const real *in = input_at(conv, back, x, from, channel);
            for (size_t i = 0; i < conv->width; i++)
                dweight[tap * padded + i] += d[i] * in[i];
            if (from < 0)
                continue;
            real *to = dx.data + ((size_t)from * run->channels + channel) * dx.stride;
            for (size_t i = 0; i < conv->width; i++)
                to[i] += weight[tap * padded + i] * d[i];
        }
    }
}

void xl_activate_back(enum xl_activation activation, size_t width, size_t rows, struct xl_rows x,
                      struct xl_rows dy, struct xl_rows dx)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < width; i += W) {
            const vf slope = v_activation_slope(activation, vf_load(x.data + row * x.stride + i));
            vf_store(dx.data + row * dx.stride + i, slope * vf_load(dy.data + row * dy.stride + i));
        }
}

void xl_gate_back(enum xl_activation activation, size_t width, size_t rows, struct xl_rows gate,
                  struct xl_rows x, struct xl_rows dy, struct xl_rows dgate, struct xl_rows dx)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < width; i += W) {
            const vf g = vf_load(gate.data + row * gate.stride + i);
            const vf in = vf_load(x.data + row * x.stride + i);
            const vf d = vf_load(dy.data + row * dy.stride + i);
            vf_store(dgate.data + row * dgate.stride + i,
                     d * in * v_activation_slope(activation, g));
            vf_store(dx.data + row * dx.stride + i, d * v_activation(activation, g));
        }
}
