/* SPDX-License-Identifier: ISC */
/* The solver that the presets' devices are made with, against what pen, paper and data sheets say.
 * circuit_vs_ngspice.sh compares it with another solver. */
#include "circuit.h"
#include "compressor.h"
#include "oversample.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

static const double RATE = 384000;
static const struct parameters NO_SETTINGS = {.count = 0};

/** A circuit from a netlist's lines after its title; a failure of the test if there is none. */
static struct circuit *make(const char *lines, double rate)
{
    char text[2048];
    struct netlist netlist;
    struct failure failure = {""};
    snprintf(text, sizeof text, "test\n%s", lines);
    struct circuit *circuit = netlist_parse(&netlist, text, &NO_SETTINGS, &failure)
                                  ? circuit_new(&netlist, rate, &failure)
                                  : NULL;
    if (!circuit)
        fprintf(stderr, "%s\n", failure.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(circuit);
    return circuit;
}

/** Steady output for a steady input. */
static double steady(const char *lines, double volts)
{
    struct circuit *circuit = make(lines, RATE);
    double out = 0;
    for (int i = 0; i < (int)RATE; i++)
        out = circuit_step(circuit, volts);
    CU_ASSERT_EQUAL(circuit_failures(circuit), 0);
    circuit_free(circuit);
    return out;
}

/** Amplitude of the output for a sine of `amplitude` after half a second. */
static double sine_gain(const char *lines, double frequency, double amplitude, double rate)
{
    struct circuit *circuit = make(lines, rate);
    double in_phase = 0, quadrature = 0;
    const int settle = (int)(rate / 2), measured = (int)(rate / 2);
    for (int i = 0; i < settle + measured; i++) {
        const double phase = 2 * PI * frequency * i / rate;
        const double out = circuit_step(circuit, amplitude * sin(phase));
        if (i >= settle) {
            in_phase += out * sin(phase) * 2 / measured;
            quadrature += out * cos(phase) * 2 / measured;
        }
    }
    CU_ASSERT_EQUAL(circuit_failures(circuit), 0);
    circuit_free(circuit);
    return hypot(in_phase, quadrature) / amplitude;
}

static void test_expressions(void)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"4.7k", 4700},
        {"22n", 22e-9},
        {"2meg", 2e6},
        {"3m", 3e-3},
        {"10nf", 10e-9},
        {"1e-3", 1e-3},
        {"1+2*3", 7},
        {"{(1+2)*3}", 9},
        {"8/4/2", 1},
        {"7-4-2", 1},
        {"-(2-5)/3", 1},
        {"{2k * x + 10}", 510},
        {"{1meg*(1-x*x)}", 937500},
    };
    struct parameters parameters = {.count = 0};
    struct failure failure;
    CU_ASSERT_TRUE(parameter_set(&parameters, "x", 0.25, &failure));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = NAN;
        CU_ASSERT_TRUE(expression_evaluate(cases[i].text, &parameters, &value, &failure));
        CU_ASSERT_DOUBLE_EQUAL(value, cases[i].value, 1e-12 * fabs(cases[i].value));
    }
    static const char *const broken[] = {"", "1+", "(1", "{1", "y", "1 2", "*3", "1)"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        double value;
        CU_ASSERT_FALSE(expression_evaluate(broken[i], &parameters, &value, &failure));
    }
}

/** Every broken netlist is refused with a sentence that names the trouble. */
static void test_broken_netlists(void)
{
    static const struct {
        const char *lines, *said;
    } cases[] = {
        {"VIN a 0 0\nR1 a out 1k\n", NULL},
        {"R1 a out 1k\n", "no source VIN"},
        {"VIN a 0 0\nR1 a 0 1k\n", "no node out"},
        {"VIN a 0 0\nR1 a out\n", "line 3: r1 has 3 fields, expected 4"},
        {"VIN a 0 0\nR1 a out 0\n", "line 3: r1 is 0"},
        {"VIN a 0 0\nQ1 a out 0 Q\n", "line 3: q1 is no element"},
        {"VIN a 0 0\nR1 a out {drive}\n", "drive, which is no parameter"},
        {"VIN a 0 0\nD1 a out DX\n", "model dx needs a constant is"},
        {"VIN a 0 0\nD1 a out DX\n.model DX NPN(IS=1n)\n", "type npn"},
        {"VIN a 0 0\nD1 a out DX\n.model DX D(IS=1n N=1 VJ=1)\n", "no constant vj"},
        {"VIN a 0 0\nR1 a out 1k\n.tran 1 2\n", "line 4: .tran is no card"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        struct netlist netlist;
        struct failure failure = {""};
        snprintf(text, sizeof text, "test\n%s", cases[i].lines);
        const bool parsed = netlist_parse(&netlist, text, &NO_SETTINGS, &failure);
        CU_ASSERT_EQUAL(parsed, cases[i].said == NULL);
        CU_ASSERT_TRUE(!cases[i].said || strstr(failure.text, cases[i].said) != NULL);
    }
}

static void test_impossible_circuit(void)
{
    struct netlist netlist;
    struct failure failure;
    CU_ASSERT_TRUE_FATAL(netlist_parse(&netlist, "two sources at odds\nVIN out 0 0\nV2 out 0 1\n",
                                       &NO_SETTINGS, &failure));
    CU_ASSERT_PTR_NULL(circuit_new(&netlist, RATE, &failure));
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "no single solution"));
}

/** A setting replaces the default of a .param line, and formulas see it; others are refused. */
static void test_settings(void)
{
    const char *text = "test\n.param share=0.5\nVIN a 0 0\nR1 a out {1k * (1 - share)}\n"
                       "R2 out 0 {1k * share}\n";
    struct parameters settings = {.count = 0};
    struct netlist netlist;
    struct failure failure;
    CU_ASSERT_TRUE(parameter_set(&settings, "share", 0.2, &failure));
    CU_ASSERT_TRUE_FATAL(netlist_parse(&netlist, text, &settings, &failure));
    struct circuit *circuit = circuit_new(&netlist, RATE, &failure);
    CU_ASSERT_PTR_NOT_NULL_FATAL(circuit);
    CU_ASSERT_DOUBLE_EQUAL(circuit_step(circuit, 1), 0.2, 1e-6);
    circuit_free(circuit);
    CU_ASSERT_TRUE(parameter_set(&settings, "shape", 1, &failure));
    CU_ASSERT_FALSE(netlist_parse(&netlist, text, &settings, &failure));
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "shape"));
}

/** A low-pass of 159 Hz; the trapezoidal rule maps f to tan(pi f / rate) rate / pi. */
static void test_low_pass(void)
{
    const char *lines = "VIN a 0 0\nR1 a out 1k\nC1 out 0 1u\n";
    for (int k = 0; k < 3; k++) {
        const double frequency = (const double[]){50, 160, 3000}[k], rate = 48000;
        const double warped = tan(PI * frequency / rate) * rate / PI;
        const double expected = 1 / hypot(1, 2 * PI * warped * 1e-3);
        CU_ASSERT_DOUBLE_EQUAL(sine_gain(lines, frequency, 1, rate), expected, 1e-6);
    }
}

/** An operational amplifier with feedback: -R2/R1, and 1 + R2/R1. */
static void test_amplifiers(void)
{
    CU_ASSERT_DOUBLE_EQUAL(steady("VIN a 0 0\nR1 a m 1k\nR2 m out 22k\nE1 out 0 0 m 1meg\n", 0.1),
                           -2.2, 1e-4);
    CU_ASSERT_DOUBLE_EQUAL(steady("VIN a 0 0\nR1 m 0 1k\nR2 m out 22k\nE1 out 0 a m 1meg\n", 0.1),
                           2.3, 1e-4);
}

/** The diode's current equals the resistor's, forward and backward. */
static void test_diode(void)
{
    const char *lines = "VIN a 0 0\nR1 a out 1k\nD1 out 0 DX\n.model DX D(IS=2n N=1.8)\n";
    const double thermal = 1.380649e-23 * 300.15 / 1.602176634e-19; // k T / q at 27 °C
    for (int k = 0; k < 4; k++) {
        const double volts = (const double[]){0.2, 0.7, 9, 100}[k];
        const double out = steady(lines, volts);
        const double through_diode = 2e-9 * (exp(out / (1.8 * thermal)) - 1);
        CU_ASSERT_DOUBLE_EQUAL(through_diode, (volts - out) / 1e3, 1e-4 * volts / 1e3);
    }
    CU_ASSERT_DOUBLE_EQUAL(steady(lines, -1), -1, 1e-5); // 2 nA through 1 kohm
}

/** Two diodes in series drop twice the voltage of one, on a node that nothing else holds. */
static void test_floating_node(void)
{
    const char *card = ".model DX D(IS=2n N=1.8)\n";
    char lines[256];
    snprintf(lines, sizeof lines, "VIN a 0 0\nR1 a out 1k\nD1 out 0 DX\n%s", card);
    const double one = steady(lines, 1.5);
    snprintf(lines, sizeof lines, "VIN a 0 0\nR1 a out 1k\nD1 out m DX\nD2 m 0 DX\n%s", card);
    // With the source one diode's drop higher, R1 and so the diodes carry the same current.
    CU_ASSERT_DOUBLE_EQUAL(steady(lines, 1.5 + one), 2 * one, 1e-6);
}

#define TRIODE ".model T TRIODE(G=2.242m MU=103.2 GAMMA=1.26 C=3.4 GG=0.6177m CG=9.901 XI=1.314)\n"

static const struct part_model triode = {.kind = PART_TRIODE,
                                         .g = 2.242e-3,
                                         .mu = 103.2,
                                         .gamma = 1.26,
                                         .c = 3.4,
                                         .gg = 0.6177e-3,
                                         .cg = 9.901,
                                         .xi = 1.314};
static const struct part_model diode = {.kind = PART_DIODE, .is = 1e-9, .n = 1.5};

/** The slopes that Newton's method uses are those of the currents. */
static void test_slopes(void)
{
    const struct part_model *const models[] = {&diode, &triode};
    const double points[][2] = {{0.3, 0}, {-1.5, 180}, {0.4, 50}, {-4, 250}, {2, 20}, {-60, 300}};
    const double h = 1e-5;
    for (size_t k = 0; k < 12; k++) {
        const struct part_model *model = models[k / 6];
        const double *v = points[model->kind == PART_DIODE ? 0 : k % 6];
        double currents[2], slope[2][2], unused[2][2];
        part_currents(model, v, currents, slope);
        for (unsigned b = 0; b < part_ports(model); b++) {
            double above[2] = {v[0], v[1]}, below[2] = {v[0], v[1]}, i1[2], i0[2];
            above[b] += h;
            below[b] -= h;
            part_currents(model, above, i1, unused);
            part_currents(model, below, i0, unused);
            for (unsigned a = 0; a < part_ports(model); a++) {
                const double expected = (i1[a] - i0[a]) / (2 * h);
                CU_ASSERT_DOUBLE_EQUAL(slope[a][b], expected, 1e-6 * fabs(expected) + 1e-12);
            }
        }
    }
}

/** Plate current of that triode while its grid is negative, written out once more. */
static double plate_current(double grid, double plate)
{
    return 2.242e-3 * pow(log1p(exp(3.4 * (plate / 103.2 + grid))) / 3.4, 1.26);
}

/** A stage of 100 kohm and 1.5 kohm at 300 V: it sits where both resistors' currents are the
 *  tube's, about 1 mA, and amplifies by mu Ra / (Ra + mu / gm). */
static void test_triode_stage(void)
{
#define STAGE "VIN g 0 0\nVB b 0 300\nR1 b p 100k\nR2 k 0 1.5k\nC1 k 0 25u\nX1 p g k T\n" TRIODE
    const double cathode = steady(STAGE "E1 out 0 k 0 1\n", 0);
    const double plate = steady(STAGE "E1 out 0 p 0 1\n", 0);
    const double current = (300 - plate) / 100e3;
    CU_ASSERT(current > 0.7e-3 && current < 1.3e-3);
    CU_ASSERT_DOUBLE_EQUAL(cathode / 1.5e3, current, 1e-3 * current);
    CU_ASSERT_DOUBLE_EQUAL(plate_current(-cathode, plate - cathode), current, 1e-3 * current);
    const double gm = (plate_current(-cathode + 1e-4, plate - cathode) -
                       plate_current(-cathode - 1e-4, plate - cathode)) /
                      2e-4;
    const double expected = 103.2 * 100e3 / (100e3 + 103.2 / gm);
    const double gain = sine_gain(STAGE "E1 out 0 p 0 1\n", 1000, 0.01, RATE);
    CU_ASSERT_DOUBLE_EQUAL(gain, expected, 0.005 * expected);
}

/** A grid that is driven positive charges its coupling capacitor: its mean goes well below zero
 *  and comes back with the time constant of capacitor and resistor, 22 ms. */
static void test_blocking(void)
{
    struct circuit *circuit = make("VIN a 0 0\nC1 a out 22n\nR1 out 0 1meg\nVB b 0 300\n"
                                   "R2 b p 100k\nX1 p out 0 T\n" TRIODE,
                                   RATE);
    const int burst = (int)(0.2 * RATE), period = (int)(RATE / 200);
    double mean = 0;
    for (int i = 0; i < burst; i++) {
        const double out = circuit_step(circuit, 10 * sin(2 * PI * i / period));
        mean += i >= burst - period ? out / period : 0;
    }
    CU_ASSERT(mean < -5);
    const double start = circuit_step(circuit, 0);
    double later = 0;
    for (int i = 0; i < (int)(0.022 * RATE); i++)
        later = circuit_step(circuit, 0);
    CU_ASSERT_DOUBLE_EQUAL(later / start, exp(-1), 0.01);
    CU_ASSERT_EQUAL(circuit_failures(circuit), 0);
    circuit_free(circuit);
}

static double pass(void *calls, double in)
{
    ++*(size_t *)calls;
    return in;
}

/** Oversampling a wire delays nothing and changes nothing below 20 kHz. */
static void test_oversample(void)
{
    enum { COUNT = 20000, EDGE = 2000 };
    static float samples[COUNT];
    size_t calls = 0;
    double worst = 0;
    struct failure failure;
    for (int i = 0; i < COUNT; i++)
        samples[i] = (float)(0.4 * sin(0.1 * i) + 0.4 * sin(2.6 * i)); // 20 kHz of 48
    CU_ASSERT_TRUE_FATAL(oversample(samples, COUNT, 48000, 8, pass, &calls, &failure));
    for (int i = EDGE; i < COUNT - EDGE; i++)
        worst = fmax(worst, fabs((double)samples[i] - 0.4 * sin(0.1 * i) - 0.4 * sin(2.6 * i)));
    CU_ASSERT(worst < 1e-5);
    CU_ASSERT(calls >= 8 * COUNT);
}

/** A short sound comes back with its length, for lengths around the block's. */
static void test_oversample_lengths(void)
{
    struct failure failure;
    for (size_t count = 1; count < 5000; count = count * 3 + 1) {
        float *samples = calloc(count, sizeof *samples);
        size_t calls = 0;
        CU_ASSERT_TRUE(oversample(samples, count, 44100, 8, pass, &calls, &failure));
        free(samples);
    }
}

static double decibels(double ratio)
{
    return 20 * log10(ratio);
}

/** Above the knee the output grows by 1 dB for every `ratio`; below it by 1 dB for 1. */
static void test_compressor_curve(void)
{
    struct parameters settings = {
        .list = {{"threshold", -30}, {"ratio", 4}, {"knee", 6}, {"makeup", 0}}, .count = 4};
    static const double expected[][2] = {{-50, -50}, {-34, -34}, {-30, -30 - 0.75 * 9 / 12},
                                         {-26, -29}, {-10, -25}, {0, -22.5}};
    struct failure failure;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct compressor compressor;
        double out = 0;
        CU_ASSERT_TRUE(compressor_init(&compressor, &settings, 48000, &failure));
        for (int k = 0; k < 48000; k++)
            out = compressor_step(&compressor, pow(10, expected[i][0] / 20));
        CU_ASSERT_DOUBLE_EQUAL(decibels(out), expected[i][1], 0.01);
    }
}

/** After the attack 63 % of the reduction is there, after the release 37 % are left. */
static void test_compressor_times(void)
{
    const struct parameters settings = {.list = {{"attack", 8}, {"release", 600}, {"makeup", 0}},
                                        .count = 3};
    const int attack = 8 * 48, release = 600 * 48;
    struct compressor compressor;
    struct failure failure;
    CU_ASSERT_TRUE(compressor_init(&compressor, &settings, 48000, &failure));
    for (int k = 0; k < attack; k++)
        compressor_step(&compressor, 1);
    const double early = compressor.reduction;
    for (int k = 0; k < 48000; k++)
        compressor_step(&compressor, -1);
    const double full = compressor.reduction;
    for (int k = 0; k < release; k++)
        compressor_step(&compressor, 0);
    CU_ASSERT_DOUBLE_EQUAL(early / full, 1 - exp(-1), 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(compressor.reduction / full, exp(-1), 1e-3);
}

static void test_compressor_settings(void)
{
    struct compressor compressor;
    struct failure failure;
    const struct parameters unknown = {.list = {{"drive", 1}}, .count = 1};
    const struct parameters wrong = {.list = {{"ratio", 0.5}}, .count = 1};
    CU_ASSERT_FALSE(compressor_init(&compressor, &unknown, 48000, &failure));
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "drive"));
    CU_ASSERT_FALSE(compressor_init(&compressor, &wrong, 48000, &failure));
}

static const struct test tests[] = {
    {"formulas give numbers", test_expressions},
    {"broken netlists get a sentence", test_broken_netlists},
    {"sources at odds are refused", test_impossible_circuit},
    {"settings override parameters", test_settings},
    {"a low-pass is exact", test_low_pass},
    {"amplifiers obey their feedback", test_amplifiers},
    {"a diode's current is a resistor's", test_diode},
    {"a node between diodes is solved", test_floating_node},
    {"slopes are those of the currents", test_slopes},
    {"a triode stage sits and amplifies as computed", test_triode_stage},
    {"grid current blocks and recovers", test_blocking},
    {"oversampling changes nothing", test_oversample},
    {"oversampling keeps every length", test_oversample_lengths},
    {"the compressor's curve", test_compressor_curve},
    {"the compressor's times", test_compressor_times},
    {"the compressor's settings", test_compressor_settings},
};

int main(void)
{
    return run_suite("circuit", tests, sizeof tests / sizeof *tests);
}
