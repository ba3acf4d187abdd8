#include "engine/other_runs.hpp"

#include <utility>

namespace longhaul::engine {

OtherRuns::OtherRuns(Timers& timers, const operations::RunInputs& inputs)
    : timers_(timers), in_(inputs) {
  for (const auto& run : inputs.other_runs)
    runs_.push_back({run, random::Stream(inputs.seed, "store/" + run.name), {}});
}

void OtherRuns::begin() {
  for (auto& one : runs_)
    work(one, one.config.first ? *one.config.first : one.config.every.draw(one.stream));
}

void OtherRuns::work(One& one, Seconds time) {
  timers_.at(timers_.now() + time, [this, &one] {
    one.cancel = in_.other_traffic(one.config.size, [this, &one] {
      one.cancel = nullptr;
      ++n_arrived_;
      work(one, one.config.every.draw(one.stream));
    });
  });
}

void OtherRuns::end() {
  for (auto& one : runs_)
    if (one.cancel) std::exchange(one.cancel, nullptr)();
}

}  // namespace longhaul::engine
