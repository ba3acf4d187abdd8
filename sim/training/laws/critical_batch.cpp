#include "training/laws/critical_batch.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <stdexcept>

#include "training/laws/named.hpp"

namespace longhaul::training {
namespace {

/// What anchors a law with this driver, for messages.
std::string_view anchor_is(BatchDriver driver) {
  switch (driver) {
    case BatchDriver::Parameters:
      return "a batch and the number of parameters that it holds at";
    case BatchDriver::Data:
      return "a batch and the number of tokens that it holds at";
    case BatchDriver::Nothing:
    case BatchDriver::Loss:
    case BatchDriver::Compute:
      break;
  }
  return "a batch";
}

bool gives_what_the_law_follows(const BatchAnchor& anchor, BatchDriver driver) {
  return anchor.n_parameters.has_value() == (driver == BatchDriver::Parameters) &&
         anchor.data.has_value() == (driver == BatchDriver::Data);
}

double driver_of(const BatchLaw& law, const Allocation& run, std::optional<double> loss) {
  switch (law.driver) {
    case BatchDriver::Nothing:
      return 1.0;
    case BatchDriver::Parameters:
      return run.n_parameters;
    case BatchDriver::Data:
      return run.data.value();
    case BatchDriver::Loss:
      if (!loss)
        throw std::invalid_argument(fmt::format(
            "the batch law {} follows the loss; give the loss that the run reaches", law.name));
      return *loss;
    case BatchDriver::Compute:
      return training_compute(run).value();
  }
  throw std::logic_error("a batch law that follows no known quantity");
}

/// x^exponent of a law.
double power(const BatchLaw& law, const Allocation& run, std::optional<double> loss) {
  const double x = driver_of(law, run, loss);
  if (!(x > 0.0))
    throw std::invalid_argument(fmt::format(
        "the batch law {} follows a quantity that is {}, but it must be positive", law.name, x));
  return std::pow(x, law.exponent);
}

}  // namespace

std::span<const BatchLaw> batch_laws() {
  static const std::array<BatchLaw, 6> laws{{
      {"fixed", BatchDriver::Nothing, 0.0, std::nullopt, "the batch does not grow", ""},
      {"cube-root-parameters", BatchDriver::Parameters, 1.0 / 3.0, std::nullopt,
       "Erdil & Schneider-Joseph 2024, arXiv 2411.01137", ""},
      {"square-root-data", BatchDriver::Data, 0.5, std::nullopt, "Bergsma+ 2025, arXiv 2505.13738",
       ""},
      {"data-0.47", BatchDriver::Data, 0.47, std::nullopt, "Zhang+ 2024, arXiv 2410.21676", ""},
      {"kaplan-2020", BatchDriver::Loss, -4.76, tokens(2e8), "Kaplan+ 2020, arXiv 2001.08361", ""},
      {"deepseek-2024", BatchDriver::Compute, 0.3271, tokens(0.292),
       "DeepSeek LLM 2024, arXiv 2401.02954", ""},
  }};
  return laws;
}

std::optional<BatchLaw> find_batch_law(std::string_view name) {
  return find_named(batch_laws(), name);
}

BatchLaw anchored(BatchLaw law, const BatchAnchor& anchor) {
  if (law.factor)
    throw std::invalid_argument(
        fmt::format("the batch law {} has its own factor; give it no anchor", law.name));
  if (!(anchor.batch.value() > 0.0))
    throw std::invalid_argument(
        fmt::format("the anchor of the batch law {} needs a positive batch", law.name));
  if (!gives_what_the_law_follows(anchor, law.driver))
    throw std::invalid_argument(fmt::format(
        "the batch law {} is anchored with {} and no other size", law.name, anchor_is(law.driver)));
  if (anchor.source.empty())
    throw std::invalid_argument(
        fmt::format("the anchor of the batch law {} needs a source: who says so", law.name));
  const Allocation at{anchor.n_parameters.value_or(0.0), anchor.data.value_or(Tokens{})};
  law.factor = anchor.batch / power(law, at, std::nullopt);
  law.anchor_source = anchor.source;
  return law;
}

Tokens critical_batch(const BatchLaw& law, const Allocation& run, std::optional<double> loss) {
  if (!law.factor)
    throw std::invalid_argument(fmt::format(
        "the batch law {} has no factor of its own; anchor it with {}, and name the source",
        law.name, anchor_is(law.driver)));
  return *law.factor * power(law, run, loss);
}

BatchTradeOff batch_trade_off(Tokens batch, Tokens critical) {
  if (!(batch.value() > 0.0 && critical.value() > 0.0))
    throw std::invalid_argument("a batch and a critical batch must be positive");
  const double ratio = batch / critical;
  return {1.0 + 1.0 / ratio, 1.0 + ratio};
}

}  // namespace longhaul::training
