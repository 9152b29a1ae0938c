/* SPDX-License-Identifier: ISC */
/* xLSTM for audio: a model parsed from memory, and streams that run it frame by frame.
 *
 *     bytes --xlstm_model_parse--> model --xlstm_stream_new--> stream --xlstm_stream_process-->
 * audio
 *
 * A model is constant: any number of streams and threads may share it. A stream belongs to one
 * thread at a time. No function reads files, prints or keeps global state. */
#ifndef XLSTM_H
#define XLSTM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A function that a real-time thread may call: its time depends on the frame count alone, and
 *  nothing below it allocates, frees, locks, waits or calls the system. */
#define XLSTM_REALTIME

/** Most knobs that a model may have. */
#define XLSTM_MAX_KNOBS 8

/** Most networks that a file may carry, the best first and then smaller ones of the same device. */
#define XLSTM_MAX_SIZES 8

/** A model: architecture, weights packed for this CPU, metadata. */
typedef struct xlstm_model xlstm_model;

/** The state of one or more audio channels that run through a model. */
typedef struct xlstm_stream xlstm_stream;

/** Why a call failed: one sentence without a full stop, fit to follow "FILE: ". */
struct xlstm_error {
    char text[512];
};

/** Instruction sets that the kernels are compiled for. */
enum xlstm_isa {
    XLSTM_ISA_AUTO,    ///< the best that this CPU has
    XLSTM_ISA_GENERIC, ///< plain C and libm: the yardstick for the others
    XLSTM_ISA_SSE2,    ///< the x86-64 baseline
    XLSTM_ISA_AVX2,    ///< AVX2 and FMA
    XLSTM_ISA_AVX512,  ///< AVX-512 F, VL, DQ and BW
    XLSTM_ISA_NEON,    ///< 64-bit ARM
};

/** A conditioning input: the control of the device that the model was trained on. */
struct xlstm_knob {
    const char *name;
    float minimum, maximum, initial; ///< in the units of the training recordings
};

/** What a model says of itself. Text that a file does not give is "", numbers are NaN. */
struct xlstm_info {
    const char *name, *author, *licence, *gear, *made_by; ///< UTF-8
    const char *kind;         ///< class of model: "xLSTMAudioModel", "LSTM", …
    const char *format;       ///< "safetensors", "NAM", "Keras JSON", …
    const char *architecture; ///< one line for people, e.g. "2 x sLSTM 16, residual"
    const char *isa;          ///< instruction set that its streams run on
    const char *config;       ///< the whole configuration as JSON text
    double sample_rate;       ///< Hz that it was trained at
    unsigned inputs, outputs; ///< width of a frame; 1 and 1 for audio models
    size_t knob_count;
    struct xlstm_knob knobs[XLSTM_MAX_KNOBS];
    double input_level_dbu, output_level_dbu; ///< analogue level that digital full scale meant
    double loudness_dbfs; ///< loudness of its output for a standard guitar take, for normalisation
    double esr;           ///< error-to-signal ratio that its training measured
    size_t parameters;    ///< trained numbers
    uint64_t macs_per_frame; ///< multiply-adds for a frame
    size_t state_bytes;      ///< memory of a stream for each channel
    size_t size, size_count; ///< which network of its file it is, 0 the best, and of how many
};

/** Parses a model file of `size` bytes: safetensors with a configuration, or a JSON capture
 *  (`.nam` of architecture LSTM; the Keras-style JSON of RTNeural, AIDA-X and Proteus).
 *  The bytes may go afterwards. Not real-time. Returns NULL and says why in `error` (never NULL)
 *  if the file is not one that can be run exactly, or if this CPU lacks `isa`. */
xlstm_model *xlstm_model_parse(const void *bytes, size_t size, enum xlstm_isa isa,
                               struct xlstm_error *error);

/** The same for network `which` of a file that carries several, 0 the best. All have the knobs and
 *  the sample rate of the best. xlstm_model_parse() takes the best. */
xlstm_model *xlstm_model_parse_size(const void *bytes, size_t size, size_t which,
                                    enum xlstm_isa isa, struct xlstm_error *error);

/** How many networks a file carries, 1 or more. Not real-time. 0 and a reason if it can't be read.
 */
size_t xlstm_model_sizes(const void *bytes, size_t size, struct xlstm_error *error);

/** Frees a model that no stream uses any more. NULL is fine. Not real-time. */
void xlstm_model_free(xlstm_model *model);

/** What the model says of itself; lives as long as the model. */
const struct xlstm_info *xlstm_model_info(const xlstm_model *model) XLSTM_REALTIME;

/** Writes a parsed file of any readable format as safetensors into a new buffer of `*size` bytes,
 *  to be released with free(). Not real-time. NULL and a reason on failure. */
void *xlstm_convert(const void *bytes, size_t size, size_t *converted_size,
                    struct xlstm_error *error);

/** A file in memory. */
struct xlstm_file {
    const void *bytes;
    size_t size;
};

/** Packs 1 to XLSTM_MAX_SIZES files of one network each, which must agree on kind, knobs and sample
 *  rate, into one that carries them all, the most costly first: a new buffer of `*packed_size`
 *  bytes, to be released with free(). Not real-time. On failure NULL, a reason, and in `*culprit`
 *  which of the files it is about. */
void *xlstm_pack(const struct xlstm_file *files, size_t count, size_t *packed_size, size_t *culprit,
                 struct xlstm_error *error);

/** Makes a stream of `channels` (1 or more) independent channels at rest. `max_block` is the
 *  longest run of frames it should work through at once; longer calls are cut into such runs.
 *  One allocation holds all; the model must outlive it. Not real-time. NULL: out of memory. */
xlstm_stream *xlstm_stream_new(const xlstm_model *model, unsigned channels, size_t max_block);

/** Frees a stream. NULL is fine. Not real-time. */
void xlstm_stream_free(xlstm_stream *stream);

/** Runs `frames` (0 or more) frames of every channel, without latency. `in[c]` and `out[c]` hold
 *  channel c, frame after frame, each of the model's `inputs` and `outputs` floats; a channel may
 *  be processed in place. Never fails: an input sample beyond +24 dBFS is clipped, one that is not
 *  finite or is beyond +60 dBFS counts as 0, and a state that overflowed starts again from rest.
 * Real-time. */
void xlstm_stream_process(xlstm_stream *stream, const float *const *in, float *const *out,
                          size_t frames) XLSTM_REALTIME;

/** Sets a knob of all channels (clamped to its range; an unknown knob is ignored), from the next
 *  frame on. Real-time. */
void xlstm_stream_set_knob(xlstm_stream *stream, size_t knob, float value) XLSTM_REALTIME;

/** Puts every channel to rest, as after xlstm_stream_new(); knobs stay. Real-time. */
void xlstm_stream_reset(xlstm_stream *stream) XLSTM_REALTIME;

/** Bytes that xlstm_stream_save() writes: the state of all channels. Real-time. */
size_t xlstm_stream_save_size(const xlstm_stream *stream) XLSTM_REALTIME;

/** Copies the state of all channels out of a stream, or back into one of the same model and number
 *  of channels, in the same process. Real-time. */
void xlstm_stream_save(const xlstm_stream *stream, void *saved) XLSTM_REALTIME;
void xlstm_stream_restore(xlstm_stream *stream, const void *saved) XLSTM_REALTIME;

#ifdef __cplusplus
}
#endif

#endif
