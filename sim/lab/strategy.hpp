// The contract between a lab and the clock it lives on.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "lab/lab.hpp"
#include "units/quantity.hpp"

namespace longhaul::lab {

/// A run that goes on, as its lab sees it.
struct Running {
  Seconds start, end;    ///< as planned
  double log_worth = 0;  ///< of its recipe: of a FLOP, as Outlook
  FlopPerSecond sustained;
  Flop effective;  ///< so far
};

/// All that a strategy is shown. It knows dates of deliveries and its rates, not jumps to come.
struct Outlook {
  Seconds now, deadline;
  double log_worth = 0;     ///< what a FLOP of today's recipe is worth, natural logarithm
  PerSecond algorithms;     ///< growth of that now, jumps not counted
  PerSecond hardware;       ///< growth of the cluster that a new run would get, now
  FlopPerSecond sustained;  ///< of that cluster
  Seconds next_phase = seconds(std::numeric_limits<double>::infinity());
  FlopPerSecond next_sustained;  ///< of a cluster from that phase on
  Seconds queue;                 ///< that a run waits for its start, on the average
  bool new_chips = true;         ///< came on line since the last run started, or none has
  std::optional<Running> running;
  Flop best;        ///< effective compute of its own best model
  Flop rival_best;  ///< of others'
};

/// What a lab does now.
struct Choice {
  enum class Kind {
    Wait,     ///< let the chips stand idle, or the run go on
    Start,    ///< a run of `length`, in place of the one that goes on
    Release,  ///< the run that goes on, as it is
    Adopt,    ///< go on with today's recipe
  } kind = Kind::Wait;
  Seconds length;
  /// Ask again then, if nothing happened before.
  Seconds until = seconds(std::numeric_limits<double>::infinity());
  Flop compute{};  ///< in place of a length, where above 0: the run ends when it has kept so much
};

/// Decides from what it is shown, and holds no state of its own but its parameters. It is asked at
/// the start, when a run ended, chips came on line, algorithms jumped or another lab released a
/// model, and at `until`.
class Strategy {
 public:
  virtual ~Strategy() = default;
  virtual Choice decide(const Outlook& outlook) const = 0;
  /// Which of `length`, `compute`, `reported`, `threshold`, `patience` and `adopting` of its lab
  /// mean something to it.
  virtual std::vector<std::string_view> reads() const = 0;
};

/// Throws std::invalid_argument, saying what would be right, where the strategy lacks a parameter.
std::unique_ptr<Strategy> make_strategy(const LabConfig& config);

/// Parameters that the lab was given and its strategy does not read.
std::vector<std::string_view> unread_parameters(const LabConfig& config);

/// The length that gets most effective compute at a fixed deadline where all grows smoothly, from
/// L e^(g (T - L)): 1/g [Sevilla+ 2022]; the deadline itself where nothing grows.
Seconds optimal_length(const PerSecond& growth, Seconds deadline);

}  // namespace longhaul::lab
