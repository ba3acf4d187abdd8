#include "operations/supply.hpp"

#include <algorithm>
#include <stdexcept>

namespace longhaul::operations {

namespace {
constexpr double infinite = std::numeric_limits<double>::infinity();
}

Seconds since(const Date& start, const Moment& moment) {
  if (moment.date) return seconds(static_cast<double>(moment.date->unix_s - start.unix_s));
  return moment.after.value_or(seconds(0));
}

Seconds Curtailment::begin_by(Seconds needed) const { return std::max(called, start - needed); }

Supply::Supply(const SupplyConfig& config, const Date& start, std::uint64_t seed)
    : cap_(config.cap.value_or(watts(infinite))),
      random_(config.random_curtailments),
      stream_(seed, "power/curtailments") {
  for (const auto& step : config.cap_steps) steps_.push_back({since(start, step.at), step.cap});
  for (const auto& c : config.curtailments) {
    const Seconds begin = since(start, c.at);
    listed_.push_back({begin - c.notice, begin, begin + c.duration, c.fraction});
  }
  std::stable_sort(listed_.begin(), listed_.end(),
                   [](const auto& a, const auto& b) { return a.called < b.called; });
  if (random_ && random_->rate > per_second(0)) {
    next_call_ = seconds(0);
    call_next();
  }
  advance(seconds(0));
}

void Supply::call_next() { next_call_ += seconds(stream_.exponential(1 / random_->rate.value())); }

void Supply::advance(Seconds now) {
  if (now < now_) throw std::logic_error("a power supply does not go back in time");
  now_ = now;
  for (; next_step_ < steps_.size() && steps_[next_step_].time <= now; ++next_step_)
    cap_ = steps_[next_step_].cap;
  for (; next_listed_ < listed_.size() && listed_[next_listed_].called <= now; ++next_listed_)
    called_.push_back(listed_[next_listed_]);
  while (next_call_ <= now) {
    const double fraction = random_->fraction.draw(stream_);
    const Seconds start = next_call_ + random_->notice.draw(stream_);
    called_.push_back({next_call_, start, start + random_->duration.draw(stream_), fraction});
    call_next();
  }
  called_.erase(
      std::remove_if(called_.begin(), called_.end(), [now](const auto& c) { return c.end <= now; }),
      called_.end());
}

Watts Supply::cap_at(Seconds time) const {
  Watts cap = cap_;
  for (auto i = next_step_; i < steps_.size() && steps_[i].time <= time; ++i) cap = steps_[i].cap;
  return cap;
}

double Supply::fraction() const {
  double greatest = 0;
  for (const auto& c : called_)
    if (c.start <= now_) greatest = std::max(greatest, c.fraction);
  return greatest;
}

Watts Supply::limit(Watts load) const {
  const double less = fraction();
  return less > 0 ? (1 - less) * std::min(cap_, load) : cap_;
}

Seconds Supply::next_change() const {
  Seconds next = next_call_;
  if (next_step_ < steps_.size()) next = std::min(next, steps_[next_step_].time);
  if (next_listed_ < listed_.size()) next = std::min(next, listed_[next_listed_].called);
  for (const auto& c : called_) next = std::min(next, c.start > now_ ? c.start : c.end);
  return next;
}

}  // namespace longhaul::operations
