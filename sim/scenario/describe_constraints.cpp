// What a forecast of power, chips, data and latency starts from.
#include "scenario/describe_constraints.hpp"
#include "scenario/describe.hpp"

namespace longhaul::scenario {

template <>
struct Words<world::BatchGrowth> {
  static constexpr std::array<std::string_view, 2> words{"fixed", "with-parameters"};
};

namespace {

constexpr Range share{0, 1, true};
/// Growth factors a year; a distribution of them has no end.
constexpr Range growth = at_least_one;
constexpr Range century{0, 100 * seconds_per_year};

template <template <class> class As>
void describe_inputs(Fields& f, world::ConstraintParameters<As>& c) {
  f.required("horizon", c.horizon, "from the date of the levels to the run", century);
  f.required("gpt4_compute", c.gpt4_compute, "what results are also counted in", positive);
  f.required("tokens_per_parameter", c.tokens_per_parameter, "D/N of the largest run", positive);

  f.required("run_duration", c.run_duration, "of the largest run", positive);
  f.required("run_share", c.run_share, "of all power and chips, for the largest run", share);
  f.required("gpu_peak", c.gpu_peak, "peak rate of a GPU at first", positive);
  f.required("utilisation", c.utilisation, "share of the peak that the run sustains", share);
  f.required("gpu_performance_growth", c.gpu_performance_growth, "of a GPU's peak, a year", growth);

  f.required("gpu_power", c.gpu_power, "installed for a GPU at first, server and facility included",
             positive);
  f.required("gpu_efficiency_growth", c.gpu_efficiency_growth, "of FLOP a joule, a year", growth);
  f.required("ai_power", c.ai_power, "of all AI data centres at first", not_negative);
  f.required("datacentre_power", c.datacentre_power, "of all data centres at first", positive);
  f.required("datacentre_growth", c.datacentre_growth, "of it, a year", growth);
  f.required("non_ai_growth", c.non_ai_growth,
             "of what is not AI's, a year; at most datacentre_growth", growth);
  f.required("campus_power", c.campus_power, "of the largest campus at the horizon", positive);

  f.required("loop_length", c.loop_length, "of fibre through all sites", not_negative);
  f.required("fibre_delay", c.fibre_delay, "of light in fibre", not_negative);
  f.required("site_bandwidth", c.site_bandwidth, "of a site to the others at first", positive);
  f.required("site_bandwidth_growth", c.site_bandwidth_growth, "of it, a year", growth);
  f.required("gradient_size", c.gradient_size, "exchanged for a parameter", positive);

  f.required("gpu_stock", c.gpu_stock, "H100-equivalents that there are at first", not_negative);
  f.required("gpu_production", c.gpu_production, "H100-equivalents made at first", positive);
  f.required("gpu_production_growth", c.gpu_production_growth, "of GPUs made, a year", growth);
  f.required("wafers", c.wafers, "of leading-edge nodes at first", positive);
  f.required("dies_per_wafer", c.dies_per_wafer, "good GPU dies of a wafer", positive);
  f.required("capex_growth", c.capex_growth, "of spending on wafers' fabs, a year", growth);
  f.required("volume_per_capex", c.volume_per_capex, "growth of wafers over growth of spending",
             positive);

  f.required("text", c.text, "on the internet at first", not_negative);
  f.required("images", c.images, "likewise", not_negative);
  f.required("video", c.video, "likewise", not_negative);
  f.required("audio", c.audio, "likewise", not_negative);
  f.required("tokens_per_image", c.tokens_per_image, "also of a second of video", positive);
  f.required("tokens_per_audio", c.tokens_per_audio, "of audio", positive);
  f.required("data_growth", c.data_growth, "of all of it, a year", growth);
  f.required("data_quality", c.data_quality, "share that is good enough", share);
  f.required("epochs", c.epochs, "times that it is trained on", positive);

  f.required("batch", c.batch, "of a step, as large as still helps", positive);
  f.required("batch_exponent", c.batch_exponent, "of parameters, where batches grow", positive);
  f.required("batch_parameters", c.batch_parameters,
             "of the model whose batch is `batch`, likewise", at_least_one);
  f.required("least_minibatch", c.least_minibatch, "that keeps a GPU of a tensor group busy",
             positive);
  f.required("layer_exponent", c.layer_exponent, "layers as a power of parameters, about 1e12",
             positive);
  f.required("kernel_latency", c.kernel_latency, "of a kernel, in the text's form", not_negative);
  f.required("base_latency", c.base_latency, "of a collective", not_negative);
  f.required("scale_up_latency", c.scale_up_latency, "of a rank of a pod", not_negative);
  f.required("scale_out_latency", c.scale_out_latency, "of a doubling of pods", not_negative);
  f("latency_form", c.latency_form, "which of the source's two forms of a layer's serial time");
  f("batch_growth", c.batch_growth, "whether larger models take larger batches");
}

}  // namespace

void describe(Fields& f, world::ConstraintInputs& c) { describe_inputs(f, c); }
void describe(Fields& f, world::ConstraintDraw& c) { describe_inputs(f, c); }

static void describe(Fields& f, world::TiedInputs& t) {
  f.required("input", t.input, "a key of [constraints]");
  f.required("with", t.with, "another one");
  f.required("rank", t.rank, "Spearman's correlation of the two");
}

void describe(Fields& f, world::Constraints& c) {
  describe(f, c.inputs);
  f.list("correlation", c.correlations,
         "two inputs that are drawn together; of no effect where one is a single value",
         Presence::Optional);
}

void describe(Fields& f, ForecastTables& t) {
  f.required("title", t.scenario.title, "the question, in a few words");
  f("start", t.scenario.start, "date of the levels");
  f("seed", t.scenario.seed, "root of all random streams", not_negative);
  f.table("constraints", t.scenario.constraints, "inputs of the forecast");
}

}  // namespace longhaul::scenario
