// What `longhaul wall` asks: how runs grow with their compute, and how long they may last.
#include "scenario/describe.hpp"

namespace longhaul::scenario {

template <>
struct Words<training::DomainSteps> {
  static constexpr std::array<std::string_view, 2> words{"chain", "halves"};
};

namespace {

constexpr Range some_months{0, 1200, true};
constexpr Range a_compute{1e18, 1e40};
constexpr Range a_few{1, 100};
constexpr Range a_share{0, 1, true};
constexpr Range a_factor{1e-3, 1e3};
constexpr Range a_sequence{64, 1e7};

}  // namespace

static void describe(Fields& f, training::WallVariant& v) {
  f.required("name", v.name, "of the curve");
  f.path("scenario", v.scenario, "its file, with [wall] too; its own variants are not asked for");
}

void describe(Fields& f, training::WallConfig& w) {
  f.required("months", w.months, "that a run may last, of 365.25/12 days each", some_months);
  f("from", w.from, "least training compute", a_compute);
  f("to", w.to, "largest training compute", a_compute);
  f("points_per_decade", w.points_per_decade, "of compute, evenly by ratio", a_few);
  f("model_law", w.model_law,
    "how compute is divided between parameters and tokens: tokens-per-parameter, or the optimum of "
    "hoffmann-2022 or besiroglu-2024");
  f("tokens_per_parameter", w.tokens_per_parameter, "of the first of these laws", positive);
  f("depth_law", w.depth_law, "layers by parameters: power-0.27, turned-0.21 or turned-0.33");
  f("depth_factor", w.depth_factor, "layers over that law's", a_factor);
  f.required("batch_law", w.batch_law,
             "tokens of a step: fixed, cube-root-parameters, square-root-data, data-0.47, "
             "kaplan-2020 or deepseek-2024");
  f("anchor", w.anchor, "a batch that a law without a published factor goes through", positive);
  f("anchor_parameters", w.anchor_parameters, "of the model it is the batch of", positive);
  f("anchor_data", w.anchor_data, "tokens of the run it is the batch of", positive);
  f("anchor_source", w.anchor_source, "who says so");
  f("batch_over_critical", w.batch_over_critical, "batch over the batch law's", positive);
  f("trade_off", w.trade_off,
    "batches cost tokens, 1 + B/B_crit times as many, where B_crit is the batch law's "
    "[McCandlish+ 2018]");
  f("sequence", w.sequence, "tokens of a sequence", a_sequence);
  f("latency_form", w.latency_form,
    "collectives of a layer that follow one another: appendix 4, text 8; and with kernel_latency, "
    "kernels that wait for it: none, 8");
  f("kernel_latency", w.kernel_latency,
    "of a matrix product, in place of all launches and of the host's work; left out: as the step "
    "model counts them",
    not_negative);
  f("domain_steps", w.domain_steps,
    "of an all-reduce in a scale-up domain of g GPUs, each way: g - 1 (NCCL's tree), or lg g");
  f("split_products", w.split_products,
    "products of few tiles are divided along their inner dimension too, so that all of a chip "
    "works");
  f("utilisation", w.utilisation, "of the GPUs that the closed form counts", a_share);
  f("layer_latency", w.layer_latency,
    "serial time of a layer in the closed form, in place of latency_form's", positive);
  f.list("variant", w.variants, "another scenario, found beside this one", Presence::Optional);
}

}  // namespace longhaul::scenario
