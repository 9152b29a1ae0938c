/* SPDX-License-Identifier: ISC */
#include "signal_marker.h"

#include "random.h"

#include <fftw3.h>
#include <math.h>
#include <string.h>

/** A marker's own burst lies LEAD frames after its start, the shared one right behind. */
enum {
    BURST = SIGNAL_RATE / 4,
    LEAD = SIGNAL_MARKER_CENTRE - BURST / 2,
    SHARED_LEAD = LEAD + BURST
};
enum { MARKER = (int)(SIGNAL_MARKER_SECONDS * SIGNAL_RATE) };

/** The seed of the shared burst; those of the markers' own follow it. */
enum { SHARED = 0 };

/** Fourier transform of the search, and the places that one of them covers. */
enum { FFT = 1 << 16, BINS = FFT / 2 + 1, HOP = FFT - BURST + 1 };

static const uint64_t seed = 0x6d61726b;

/** Noise through two first-order low-passes: without its highest octaves, which gear and resamplers
 *  change most, and with an autocorrelation whose top is round, as parabola_top() wants it. */
static void make_burst(unsigned which, double burst[BURST])
{
    const double keep = 0.6; // each is 3 dB down at about 4 kHz
    struct random random = {seed + which};
    double smooth = 0, smoother = 0, loudest = 0;
    for (size_t i = 0; i < BURST; i++) {
        const double noise = random_between(&random, -1, 1);
        smooth = noise + keep * (smooth - noise);
        smoother = smooth + keep * (smoother - smooth);
        burst[i] = smoother;
        loudest = fmax(loudest, fabs(smoother));
    }
    for (size_t i = 0; i < BURST; i++)
        burst[i] /= loudest;
}

void signal_marker_play(unsigned which, double peak, double *out)
{
    memset(out, 0, MARKER * sizeof *out);
    make_burst(which, out + LEAD);
    make_burst(SHARED, out + SHARED_LEAD);
    for (size_t i = 0; i < MARKER; i++)
        out[i] *= peak;
}

/** Cross-correlation by Fourier transforms, HOP places at a time. */
struct search {
    const float *recording;
    size_t frames;
    float *block;            ///< FFT samples, then correlations at HOP places
    fftwf_complex *spectrum; ///< of the block
    fftwf_complex *burst;    ///< conjugate spectrum of the burst
    fftwf_plan forward, backward;
    double burst_norm; ///< root of the burst's energy
    double quiet;      ///< energy below which a stretch of the recording is silence
};

static double sample_at(const struct search *search, size_t place)
{
    return place < search->frames ? (double)search->recording[place] : 0;
}

static bool search_open(struct search *search, unsigned which)
{
    search->block = fftwf_alloc_real(FFT);
    search->spectrum = fftwf_alloc_complex(BINS);
    search->burst = fftwf_alloc_complex(BINS);
    if (!search->block || !search->spectrum || !search->burst)
        return false;
    search->forward = fftwf_plan_dft_r2c_1d(FFT, search->block, search->spectrum, FFTW_ESTIMATE);
    search->backward = fftwf_plan_dft_c2r_1d(FFT, search->spectrum, search->block, FFTW_ESTIMATE);
    if (!search->forward || !search->backward)
        return false;
    memset(search->block, 0, FFT * sizeof *search->block);
    double burst[BURST], energy = 0;
    make_burst(which, burst);
    for (size_t i = 0; i < BURST; i++) {
        search->block[i] = (float)burst[i];
        energy += burst[i] * burst[i];
    }
    search->burst_norm = sqrt(energy);
    fftwf_execute(search->forward);
    for (size_t i = 0; i < BINS; i++) {
        search->burst[i][0] = search->spectrum[i][0] / FFT;
        search->burst[i][1] = -search->spectrum[i][1] / FFT;
    }
    energy = 0;
    for (size_t i = 0; i < search->frames; i++)
        energy += sample_at(search, i) * sample_at(search, i);
    search->quiet = 1e-6 * energy * BURST / (double)search->frames + 1e-20;
    return true;
}

static void search_close(struct search *search)
{
    if (search->forward)
        fftwf_destroy_plan(search->forward);
    if (search->backward)
        fftwf_destroy_plan(search->backward);
    fftwf_free(search->block);
    fftwf_free(search->spectrum);
    fftwf_free(search->burst);
}

/** Leaves the burst's products with the recording at start … start + HOP - 1 in the block. */
static void correlate(struct search *search, size_t start)
{
    for (size_t i = 0; i < FFT; i++)
        search->block[i] = (float)sample_at(search, start + i);
    fftwf_execute(search->forward);
    for (size_t i = 0; i < BINS; i++) {
        const float re = search->spectrum[i][0], im = search->spectrum[i][1];
        search->spectrum[i][0] = re * search->burst[i][0] - im * search->burst[i][1];
        search->spectrum[i][1] = re * search->burst[i][1] + im * search->burst[i][0];
    }
    fftwf_execute(search->backward);
}

/** Offset of the top of the parabola through three neighbours, -1/2 to 1/2. */
static double parabola_top(double before, double at, double after)
{
    const double curve = before - 2 * at + after;
    return curve == 0 ? 0 : fmin(fmax((before - after) / (2 * curve), -0.5), 0.5);
}

/** Keeps the best of HOP places, normalised by the energy of the recording under the burst. */
static void scan(struct search *search, size_t start, struct signal_marker_hit *best)
{
    double energy = 0;
    for (size_t i = 0; i < BURST; i++)
        energy += sample_at(search, start + i) * sample_at(search, start + i);
    for (size_t i = 0; i < HOP && start + i < search->frames; i++) {
        const double norm = search->burst_norm * sqrt(fmax(energy, search->quiet));
        const double here = (double)search->block[i], correlation = here / norm;
        if (fabs(correlation) > fabs(best->correlation)) {
            const double before = (double)search->block[i ? i - 1 : 0];
            const double after = (double)search->block[i + 1];
            best->correlation = correlation;
            best->place = (double)(start + i) - LEAD + parabola_top(before, here, after);
        }
        const double leaving = sample_at(search, start + i);
        const double coming = sample_at(search, start + i + BURST);
        energy += coming * coming - leaving * leaving;
    }
}

bool signal_marker_search(const float *recording, size_t frames, unsigned which,
                          struct signal_marker_hit *hit)
{
    if (frames < BURST)
        return false;
    struct search search = {.recording = recording, .frames = frames};
    const bool opened = search_open(&search, which);
    *hit = (struct signal_marker_hit){0, 0};
    for (size_t start = 0; opened && start < frames; start += HOP - 1) {
        correlate(&search, start);
        scan(&search, start, hit);
    }
    search_close(&search);
    return opened;
}

static double product(const float *a, const float *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

double signal_marker_distance(const float *recording, size_t frames,
                              const struct signal_marker_hit *first,
                              const struct signal_marker_hit *last)
{
    enum { REACH = 32, LAGS = 2 * REACH + 1 }; // by which the places may be wrong
    const double coarse = round(last->place - first->place);
    const double start = round(first->place) + SHARED_LEAD, again = start + coarse - REACH;
    double products[LAGS];
    size_t best = REACH;
    if (start < 0 || again < 0 || again + BURST + LAGS > (double)frames)
        return last->place - first->place;
    for (size_t lag = 0; lag < LAGS; lag++) {
        products[lag] = product(recording + (size_t)start, recording + (size_t)again + lag, BURST);
        if (products[lag] > products[best])
            best = lag;
    }
    if (best == 0 || best == LAGS - 1)
        return last->place - first->place;
    return coarse + (double)best - REACH +
           parabola_top(products[best - 1], products[best], products[best + 1]);
}
