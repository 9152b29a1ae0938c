/* SPDX-License-Identifier: ISC */
/* Configurations that make no sense, each refused with a sentence that names the field. */
#include "plan.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

/** Tries kind and configuration; returns whether it makes a plan and leaves the reason. */
static bool try_config(const char *kind, const char *text, struct xlstm_error *error)
{
    struct xl_config config;
    struct xl_plan plan;
    struct xl_tensors file = {.format = "test", .config = json_loads(text, 0, NULL)};
    snprintf(file.kind, sizeof file.kind, "%s", kind);
    snprintf(error->text, sizeof error->text, "%s", "");
    bool good = file.config && xl_config_read(&config, &file, error);
    if (good) {
        good = xl_plan_build(&plan, &config, NULL, false, error);
        if (good)
            xl_plan_free(&plan);
        xl_config_free(&config);
    }
    json_decref(file.config);
    return good;
}

static void test_bad_fields(void)
{
    static const struct {
        const char *kind, *config, *expected;
    } CASES[] = {
        {"Transformer", "{}", "kind is \"Transformer\""},
        {"LSTM", "{}", "hidden_size is missing"},
        {"LSTM", "{\"hidden_size\": -1}", "hidden_size is -1"},
        {"LSTM", "{\"hidden_size\": 1e9}", "hidden_size is 1000000000.0, expected an integer"},
        {"LSTM", "{\"hidden_size\": 1000000000}", "hidden_size is 1e+09"},
        {"LSTM", "{\"hidden_size\": \"16\"}", "hidden_size is \"16\", expected an integer"},
        {"sLSTMCell", "{\"hidden_size\": 10, \"num_heads\": 3}", "num_heads is 3"},
        {"mLSTMCellFn", "{\"dk\": 8}", "dv is missing"},
        {"CausalConv1d", "{\"feature_dim\": 5, \"kernel_size\": 0}", "kernel_size is 0"},
        {"xLSTMBlockStack", "{\"slstm_at\": [9], \"mlstm_block\": {}}", "slstm_at[0]"},
        {"xLSTMBlockStack", "{\"slstm_at\": 1, \"mlstm_block\": {}}", "slstm_at is not a list"},
        {"xLSTMBlockStack", "{\"mlstm_block\": []}", "mlstm_block is [], expected an object"},
        {"xLSTMBlockStack", "{\"embedding_dim\": 10, \"slstm_block\": {}}", "num_heads is 4"},
        {"xLSTMBlockStack",
         "{\"embedding_dim\": 8, \"mlstm_block\": {\"mlstm\": {\"proj_factor\": 64, "
         "\"round_proj_up_to_multiple_of\": 4096}}, \"bias\": 3}",
         "bias is 3, expected true or false"},
        {"xLSTMBlockStack",
         "{\"embedding_dim\": 8, \"slstm_block\": {\"feedforward\": {\"act_fn\": \"mish\"}}}",
         "act_fn is mish"},
        {"xLSTMAudioModel", "{\"layers\": []}", "embedding_dim is missing"},
        {"xLSTMAudioModel", "{\"in_proj\": false, \"layers\": 1}", "layers is not a list"},
        {"xLSTMAudioModel", "{\"in_proj\": false, \"layers\": [{}]}", "type is missing"},
        {"xLSTMAudioModel", "{\"in_proj\": false, \"layers\": [{\"type\": \"wavenet\"}]}",
         "type is wavenet"},
        {"xLSTMAudioModel",
         "{\"in_proj\": false, \"layers\": [{\"type\": \"lstm\", \"hidden_size\": 8, "
         "\"residual\": true}]}",
         "residual"},
        {"xLSTMAudioModel", "{\"in_proj\": false, \"layers\": [{\"type\": \"control\"}]}",
         "layers is not a list"},
        {"xLSTMAudioModel",
         "{\"in_proj\": false, \"layers\": [{\"type\": \"control\", \"layers\": []}]}",
         "has no layers"},
        {"xLSTMAudioModel",
         "{\"in_proj\": false, \"input_frames\": 4, \"layers\": [{\"type\": \"control\", "
         "\"watched\": 5, "
         "\"layers\": [{\"type\": \"gru\", \"hidden_size\": 2}]}]}",
         "watched is 5"},
        {"xLSTMAudioModel",
         "{\"in_proj\": false, \"input_frames\": 4, \"layers\": [{\"type\": \"control\", "
         "\"watched\": 2, \"held\": 3, "
         "\"layers\": [{\"type\": \"gru\", \"hidden_size\": 2}]}]}",
         "held is 3"},
        {"xLSTMAudioModel", "{\"in_proj\": false, \"sample_rate\": 0, \"layers\": []}",
         "sample_rate is 0"},
        {"xLSTMAudioModel",
         "{\"in_proj\": false, \"layers\": [], \"knobs\": [{\"name\": \"drive\", \"minimum\": 2}]}",
         "knobs[0]"},
        {"xLSTMAudioModel",
         "{\"in_proj\": false, \"layers\": [{\"type\": \"mlstm\", \"hidden_size\": 4096}]}",
         "at most 256"},
        {"xLSTMLarge", "{\"embedding_dim\": 16, \"vocab_size\": 4, \"weight_mode\": \"split\"}",
         "weight_mode is split"},
        {"sLSTMCell", "{\"hidden_size\": 8, \"function\": \"lstm\"}", "function is lstm"},
        {"LSTM", "{\"hidden_size\": 8, \"name\": 7}", "name is 7, expected a text"},
        {"LSTM", "{\"hidden_size\": 8, \"esr\": -1}", "esr is -1, expected 0 to 1e+06"},
        {"LSTM", "{\"hidden_size\": 8, \"esr\": \"-30 dB\"}",
         "esr is \"-30 dB\", expected a number"},
        {"LSTM", "{\"hidden_size\": 8, \"loudness_dbfs\": 1e308}", "loudness_dbfs is 1e+308"},
        {"LSTM", "{\"hidden_size\": 8, \"input_level_dbu\": -121}", "input_level_dbu is -121"},
        {"LSTM", "{\"hidden_size\": 8, \"sample_rate\": \"48k\"}", "sample_rate is \"48k\""},
        {"LSTM", "{\"hiden_size\": 8, \"hidden_size\": 8}",
         "nothing knows the field \"hiden_size\" of {\"hiden_size\":8"},
        {"xLSTMAudioModel",
         "{\"in_proj\": false, \"layers\": [{\"type\": \"slstm\", \"hidden_size\": 8, "
         "\"num_head\": 2}]}",
         "nothing knows the field \"num_head\" of "
         "{\"type\":\"slstm\",\"hidden_size\":8,\"num_head\":2}, "
         "expected any of type, hidden_size, residual, num_heads, forget_gate"},
        {"xLSTMAudioModel",
         "{\"in_proj\": false, \"layers\": [], \"knobs\": [{\"name\": \"drive\", \"initial\": "
         "0.5}]}",
         "\"initial\" of {\"name\":\"drive\""},
        {"xLSTMAudioModel",
         "{\"embedding_dim\": 8, \"mlstm_block\": {\"mlstm\": {\"num_heads\": 2, "
         "\"qkv_blocksize\": 4}}}",
         "\"qkv_blocksize\""},
        {"xLSTMAudioModel",
         "{\"embedding_dim\": 8, \"slstm_block\": {\"feedforward\": {\"ff_type\": \"ffn\"}}}",
         "ff_type is ffn"},
        {"xLSTMAudioModel", "{\"embedding_dim\": 8, \"num_blocks\": 2, \"layers\": []}",
         "layers and num_blocks are both given"},
        {"xLSTMAudioModel", "{\"embedding_dim\": 8, \"mlstm_block\": null, \"layers\": []}",
         "layers and mlstm_block are both given"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct xlstm_error error;
        CU_ASSERT(!try_config(CASES[i].kind, CASES[i].config, &error));
        CU_ASSERT(strstr(error.text, CASES[i].expected) != NULL);
        if (!strstr(error.text, CASES[i].expected))
            printf("\n%s: found \"%s\"\n", CASES[i].config, error.text);
    }
}

/** Sizes that are legal one by one but not together. */
static void test_total_size(void)
{
    struct xlstm_error error;
    char text[8192] = "{\"in_proj\": false, \"layers\": [";
    for (int i = 0; i < 60; i++)
        strcat(text, i ? ",{\"type\":\"lstm\",\"hidden_size\":4096}"
                       : "{\"type\":\"lstm\",\"hidden_size\":4096}");
    strcat(text, "]}");
    CU_ASSERT(!try_config("xLSTMAudioModel", text, &error));
    CU_ASSERT(strstr(error.text, "numbers") != NULL);
}

/** Lists within lists, deeper than any name has room for. */
static void test_deep_nesting(void)
{
    struct xlstm_error error;
    char text[16384] = "{\"in_proj\": false, \"layers\": [";
    for (int i = 0; i < 100; i++)
        strcat(text, "{\"type\":\"control\",\"layers\":[");
    strcat(text, "{\"type\":\"layer_norm\"}");
    for (int i = 0; i < 100; i++)
        strcat(text, "]}");
    strcat(text, "]}");
    CU_ASSERT(!try_config("xLSTMAudioModel", text, &error));
    CU_ASSERT(strstr(error.text, "layers") != NULL);
}

/** What the reference calls its defaults. */
static void test_defaults(void)
{
    struct xl_config config;
    struct xlstm_error error;
    struct xl_tensors file = {.config = json_loads("{\"num_blocks\": 2, \"embedding_dim\": 16, "
                                                   "\"slstm_at\": [1], \"mlstm_block\": {}, "
                                                   "\"slstm_block\": {}}",
                                                   0, NULL)};
    snprintf(file.kind, sizeof file.kind, "xLSTMAudioModel");
    CU_ASSERT_FATAL(xl_config_read(&config, &file, &error));
    CU_ASSERT(config.sample_rate == 48000);
    CU_ASSERT_FATAL(config.layer_count == 5); /* in_proj, two blocks, norm, out_proj */
    const struct xl_layer_config *m = &config.layers[1], *s = &config.layers[2];
    CU_ASSERT(m->type == XL_LAYER_MLSTM_BLOCK && m->heads == 4 && m->taps == 4);
    CU_ASSERT(m->inner == 64 && m->qkv_block == 4 && !m->bias);
    CU_ASSERT(s->type == XL_LAYER_SLSTM_BLOCK && s->hidden == 64 && s->activation == XL_GELU);
    CU_ASSERT(s->group_norm_weight && s->cell == XL_CELL_SLSTM && !s->exponential_forget);
    xl_config_free(&config);
    json_decref(file.config);
}

/** Every field that dataclasses.asdict() writes of an xLSTMLMModelConfig, values of training. */
static const char NXAI_DUMP[] =
    "{\"mlstm_block\": {\"mlstm\": {\"proj_factor\": 2.0, \"round_proj_up_dim_up\": true, "
    "\"round_proj_up_to_multiple_of\": 8, \"_proj_up_dim\": 16, \"conv1d_kernel_size\": 4, "
    "\"qkv_proj_blocksize\": 4, \"num_heads\": 2, \"embedding_dim\": 8, \"bias\": false, "
    "\"dropout\": 0.1, \"context_length\": 256, \"_num_blocks\": 2, "
    "\"_inner_embedding_dim\": 16}, \"_num_blocks\": 2, \"_block_idx\": 0}, "
    "\"slstm_block\": {\"slstm\": {\"hidden_size\": 8, \"num_heads\": 2, \"num_states\": 4, "
    "\"backend\": \"cuda\", \"function\": \"slstm\", \"bias_init\": \"powerlaw_blockdependent\", "
    "\"recurrent_weight_init\": \"zeros\", \"_block_idx\": 0, \"_num_blocks\": 2, "
    "\"num_gates\": 4, \"gradient_recurrent_cut\": false, \"gradient_recurrent_clipval\": null, "
    "\"forward_clipval\": null, \"batch_size\": 8, \"input_shape\": \"BSGNH\", "
    "\"internal_input_shape\": \"SBNGH\", \"output_shape\": \"BNSH\", \"constants\": {}, "
    "\"dtype\": \"bfloat16\", \"dtype_b\": \"float32\", \"dtype_r\": \"bfloat16\", "
    "\"dtype_w\": \"bfloat16\", \"dtype_g\": \"bfloat16\", \"dtype_s\": \"bfloat16\", "
    "\"dtype_a\": \"float32\", \"enable_automatic_mixed_precision\": true, \"initial_val\": 0.0, "
    "\"embedding_dim\": 8, \"conv1d_kernel_size\": 4, \"group_norm_weight\": true, "
    "\"dropout\": 0.1}, \"feedforward\": {\"proj_factor\": 1.3, \"round_proj_up_dim_up\": true, "
    "\"round_proj_up_to_multiple_of\": 8, \"_proj_up_dim\": 16, \"act_fn\": \"gelu\", "
    "\"embedding_dim\": 8, \"dropout\": 0.1, \"bias\": false, \"ff_type\": \"ffn_gated\", "
    "\"_num_blocks\": 1}, \"_num_blocks\": 2, \"_block_idx\": 1}, \"context_length\": 256, "
    "\"num_blocks\": 2, \"embedding_dim\": 8, \"add_post_blocks_norm\": true, \"bias\": false, "
    "\"dropout\": 0.1, \"slstm_at\": [1], \"_block_map\": \"0,1\", \"vocab_size\": 7, "
    "\"tie_weights\": false, \"weight_decay_on_embedding\": false, "
    "\"add_embedding_dropout\": false}";

/** The same of an xLSTMLargeConfig. */
static const char NXAI_LARGE_DUMP[] =
    "{\"embedding_dim\": 16, \"num_heads\": 2, \"num_blocks\": 1, \"vocab_size\": 4, "
    "\"use_bias\": false, \"norm_eps\": 1e-6, \"norm_reduction_force_float32\": true, "
    "\"add_out_norm\": false, \"qk_dim_factor\": 0.5, \"v_dim_factor\": 1.0, "
    "\"chunkwise_kernel\": \"chunkwise--native_autograd\", "
    "\"sequence_kernel\": \"native_sequence__native\", \"step_kernel\": \"native\", "
    "\"mode\": \"inference\", \"chunk_size\": 64, \"return_last_states\": true, "
    "\"autocast_kernel_dtype\": \"bfloat16\", \"eps\": 1e-6, "
    "\"inference_state_dtype\": \"float32\", \"ffn_proj_factor\": 2.6667, "
    "\"ffn_round_up_to_multiple_of\": 64, \"gate_soft_cap\": 15.0, "
    "\"output_logit_soft_cap\": 30.0, \"weight_mode\": \"single\"}";

/** Dumped configurations load whole, and so do notes of one's own behind an underscore. */
static void test_dumps(void)
{
    static const struct {
        const char *kind, *config;
    } CASES[] = {
        {"xLSTMAudioModel", NXAI_DUMP},
        {"xLSTMLMModel", NXAI_DUMP},
        {"xLSTMBlockStack", NXAI_DUMP},
        {"xLSTMLarge", NXAI_LARGE_DUMP},
        {"xLSTMBlockStack", "{\"embedding_dim\": 8, \"mlstm_block\": {}, \"slstm_block\": null}"},
        {"LSTM", "{\"hidden_size\": 8, \"_take\": \"third, hum removed\", \"author\": null}"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct xlstm_error error;
        const bool good = try_config(CASES[i].kind, CASES[i].config, &error);
        CU_ASSERT(good);
        if (!good)
            printf("\n%s: found \"%s\"\n", CASES[i].kind, error.text);
    }
}

int main(void)
{
    static const struct test TESTS[] = {
        {"a field that makes no sense is named", test_bad_fields},
        {"models of absurd size are refused", test_total_size},
        {"lists within lists end", test_deep_nesting},
        {"what NX-AI's package dumps is accepted", test_dumps},
        {"defaults are the reference's", test_defaults},
    };
    return run_suite("config", TESTS, sizeof TESTS / sizeof *TESTS);
}
