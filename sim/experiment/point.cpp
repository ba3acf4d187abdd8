#include "experiment/point.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <new>
#include <stdexcept>
#include <system_error>

#include "diagnostics/diagnostic.hpp"
#include "engine/forked.hpp"
#include "engine/lab_actor.hpp"
#include "experiment/schedule.hpp"
#include "experiment/simulation.hpp"
#include "experiment/years.hpp"
#include "scenario/checks.hpp"
#include "scenario/checks_schedule.hpp"
#include "scenario/checks_years.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/writer.hpp"

namespace longhaul::experiment {

namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Texts in one message: each its length and its bytes.
class Message {
 public:
  Message& operator<<(std::string_view text) {
    const std::uint64_t size = text.size();
    bytes_.append(reinterpret_cast<const char*>(&size), sizeof size);
    bytes_.append(text);
    return *this;
  }
  Message& operator<<(double value) { return *this << fmt::format("{}", value); }
  Message& operator<<(std::int64_t value) { return *this << fmt::format("{}", value); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Parts {
 public:
  explicit Parts(std::string_view bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  std::string text() {
    std::uint64_t size = 0;
    if (rest_.size() < sizeof size) throw std::runtime_error("a worker's answer is cut off");
    std::memcpy(&size, rest_.data(), sizeof size);
    rest_.remove_prefix(sizeof size);
    if (rest_.size() < size) throw std::runtime_error("a worker's answer is cut off");
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }
  template <class T>
  T number() {
    const auto digits = text();
    T value{};
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }

 private:
  std::string_view rest_;
};

constexpr std::string_view whole = "i";
constexpr std::string_view real = "d";

void put(Message& message, const std::vector<Metric>& metrics) {
  for (const auto& metric : metrics) {
    const bool is_whole = std::holds_alternative<std::int64_t>(metric.value);
    message << metric.name() << (is_whole ? whole : real);
    std::visit([&](auto value) { message << value; }, metric.value);
  }
}

}  // namespace

class PointServer::Impl {
 public:
  Impl(std::string path, std::vector<std::string> assignments, scenario::Simulate simulate)
      : path_(std::move(path)),
        folder_(std::filesystem::path(path_).parent_path().string()),
        assignments_(std::move(assignments)),
        simulate_(simulate) {
    if (folder_.empty()) folder_ = ".";
  }

  std::string answer(const std::string& request) {
    const double begin_s = now_s();
    std::string error, resolved, metrics;
    try {
      const auto loaded = read(request);
      resolved = scenario::resolved_toml(loaded.scenario, folder_);
      if (is_of_years(loaded.scenario)) {
        metrics = simulate_years(loaded.scenario);
      } else if (is_of_schedule(loaded.scenario)) {
        metrics = simulate_schedule(loaded.scenario);
      } else {
        if (!make_ready(loaded)) return {};
        metrics = simulate(loaded);
      }
    } catch (const InputError& problem) {
      error = without_folder(problem.what());
    } catch (const std::system_error& problem) {
      // No process or no file to be had just now: that is no property of the point.
      throw engine::ChildEnded(problem.what(), SIGKILL);
    } catch (const std::bad_alloc& problem) {
      throw engine::ChildEnded(problem.what(), SIGKILL);
    } catch (const engine::ChildEnded& end) {
      if (end.killed()) throw;  // the point did not fail
      error = end.what();
    } catch (const std::exception& problem) {
      error = problem.what();
      if (error.empty()) error = "an error without a message";
    }
    Message message;
    message << error << resolved << now_s() - begin_s;
    return message.take() + metrics;
  }

 private:
  scenario::LoadedScenario read(const std::string& request) const {
    auto assignments = assignments_;
    for (Parts parts(request); !parts.empty();) assignments.push_back(parts.text());
    return scenario::read_scenario(
        path_, assignments,
        simulate_ == scenario::Simulate::Step ? scenario::Purpose::Step : scenario::Purpose::Months,
        scenario::SweepTable::PassedOver);
  }

  /// Places as seen from the scenario's folder, so that a point's error is the same from wherever
  /// the sweep was started.
  std::string without_folder(std::string text) const {
    if (folder_ == ".") return text;
    const auto prefix = folder_ + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
      if (at == 0 || std::string_view(" \n'\"(=").find(text[at - 1]) != std::string_view::npos)
        text.erase(at, prefix.size());
      else
        ++at;
    return text;
  }

  /// Sees to it that there is a simulation of this scenario but for its seed; false where this
  /// process holds the zone of another platform.
  bool make_ready(const scenario::LoadedScenario& loaded) {
    auto scenario = loaded.scenario;
    scenario.seed = 0;
    auto but_seed = scenario::resolved_toml(scenario, folder_);
    if (simulation_ && but_seed == ready_) return true;
    simulation_.reset();
    ready_.clear();
    if (scenario.platform && (!platform_ || !platform_->serves(scenario))) {
      if (platform_ && platform_->zone() != nullptr) return false;
      platform_ = std::make_shared<BuiltPlatform>(scenario);
    }
    scenario_ = std::move(scenario);
    simulation_ = std::make_unique<Simulation>(scenario_, scenario_.platform ? platform_ : nullptr);
    ready_ = std::move(but_seed);
    return true;
  }

  void forget_other_steps(const scenario::Scenario& scenario) {
    if (std::ranges::none_of(scenario.lab_platforms,
                             [](const auto& one) { return one.has_value(); }))
      return;
    auto of_steps = scenario;
    of_steps.seed = 0;
    of_steps.lab.reset();
    of_steps.rival.reset();
    of_steps.duration.reset();
    of_steps.world->algorithms = {};
    auto stands_for = scenario::resolved_toml(of_steps, folder_);
    if (stands_for != steps_of_) answers_.clear();
    steps_of_ = std::move(stands_for);
  }

  /// What the step model answers is remembered from point to point: it depends on the world's
  /// chips and on the plan, and is dear.
  static std::string simulate_schedule(const scenario::Scenario& scenario) {
    const auto& policy = scenario.schedule->policy;
    if (scheduling::policy_names(policy).size() > 1)
      throw std::runtime_error(fmt::format(
          "schedule.policy = \"{}\", but a point has one policy; make them values of an axis",
          policy));
    return engine::run_forked([&] {
      Message message;
      put(message, schedule_metrics(Schedule(scenario, policy).run()));
      return message.take();
    });
  }

  /// What the step model answered is told first, so that it is known to the points after this one.
  std::string simulate_years(const scenario::Scenario& scenario) {
    forget_other_steps(scenario);
    const auto answer = simulate_here_or_forked([&] {
      const auto steps = std::make_shared<LabSteps>(scenario, answers_);
      Message message;
      const auto totals = engine::simulate_years(years_inputs(scenario, steps), {});
      message << static_cast<std::int64_t>(steps->known().size());
      for (const auto& [key, utilisation] : steps->known())
        message << static_cast<std::int64_t>(std::get<0>(key))
                << static_cast<std::int64_t>(std::get<1>(key))
                << static_cast<std::int64_t>(std::get<2>(key))
                << static_cast<std::int64_t>(std::get<3>(key)) << utilisation;
      Message of_metrics;
      put(of_metrics, years_metrics(scenario, totals));
      message << of_metrics.take();
      return message.take();
    });
    Parts parts(answer);
    for (auto n = parts.number<std::int64_t>(); n > 0; --n) {
      const auto phase = parts.number<std::size_t>();
      const auto chips = parts.number<int>();
      const auto size = parts.number<int>();
      const auto tokens_more = parts.number<int>();
      answers_[{phase, chips, size, tokens_more}] = parts.number<double>();
    }
    return parts.text();
  }

  /// What is of timers alone comes out the same whatever ran before: it needs no process of its
  /// own, as flows on a platform do. What ends one by an exception leaves the engine as it happens
  /// to be.
  std::string simulate_here_or_forked(const std::function<std::string()>& simulate) {
    if (shaken_) return engine::run_forked(simulate);
    try {
      return simulate();
    } catch (...) {
      shaken_ = true;
    }
    return engine::run_forked(simulate);
  }

  std::string simulate(const scenario::LoadedScenario& loaded) {
    const auto& setup = simulation_->setup();
    if (simulate_ == scenario::Simulate::Step) {
      Message message;
      put(message, step_metrics(loaded.scenario, setup));
      return message.take();
    }
    scenario::check_length(loaded.scenario, loaded.places,
                           {setup.step_time, setup.checkpoint_steps, setup.checkpoint_write,
                            setup.checkpoint_read, setup.units});
    const auto months = [&] { return simulate_months(loaded.scenario, setup); };
    const bool has_flows = loaded.scenario.platform && platform_->zone() != nullptr;
    return has_flows ? engine::run_forked(months) : simulate_here_or_forked(months);
  }

  std::string simulate_months(const scenario::Scenario& scenario, const Setup& setup) {
    double n_events = 0;
    operations::RunObserver observer;
    observer.on_event = [&](const operations::RunEvent&) { ++n_events; };
    observer.go_on = [&](Seconds, std::int64_t) { return n_events < scenario::most_lines; };
    const auto totals = simulation_->run(static_cast<std::uint64_t>(scenario.seed), observer);
    if (totals.interrupted)
      throw std::runtime_error(fmt::format(
          "after {:.0e} events the run is only at {:.0f} s; look for failures that leave no time "
          "to work",
          n_events, totals.simulated.value()));
    if (const auto why = why_stuck(totals); !why.empty()) throw std::runtime_error(why);
    Message message;
    put(message, metrics(scenario, setup, summarise(scenario, setup, totals)));
    return message.take();
  }

  std::string path_;
  std::string folder_;
  std::vector<std::string> assignments_;
  scenario::Simulate simulate_;
  std::shared_ptr<BuiltPlatform> platform_;
  scenario::Scenario scenario_;  // what simulation_ is of, with seed 0
  std::string ready_;            // the same resolved; empty: none
  StepAnswers answers_;          // of the step model for labs
  std::string steps_of_;         // the scenario that they are for
  std::unique_ptr<Simulation> simulation_;
  bool shaken_ = false;  // an exception went through the engine
};

PointServer::PointServer(std::string path, std::vector<std::string> assignments,
                         scenario::Simulate simulate)
    : impl_(std::make_unique<Impl>(std::move(path), std::move(assignments), simulate)) {}
PointServer::~PointServer() = default;

std::string PointServer::answer(const std::string& request) { return impl_->answer(request); }

std::string point_request(const std::vector<std::string>& assignments) {
  Message message;
  for (const auto& assignment : assignments) message << assignment;
  return message.take();
}

PointResult point_result(const std::string& answer) {
  Parts parts(answer);
  PointResult result;
  result.error = parts.text();
  result.resolved = parts.text();
  result.wall_s = parts.number<double>();
  while (!parts.empty()) {
    auto name = parts.text();
    if (parts.text() == whole)
      result.metrics.emplace_back(std::move(name), parts.number<std::int64_t>());
    else
      result.metrics.emplace_back(std::move(name), parts.number<double>());
  }
  return result;
}

}  // namespace longhaul::experiment
