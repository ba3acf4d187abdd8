#include "scheduling/trace_draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace longhaul::scheduling {

namespace {

std::optional<double> finite_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

bool is_time(double value_s) { return value_s >= 0 && value_s <= longest_time_s; }

bool is_count(double value) {
  return value >= 1 && value <= static_cast<double>(most_slots) && std::floor(value) == value;
}

BadLine no_time(std::string_view name, std::string_view given) {
  return BadLine(
      fmt::format("{} = {}, but seconds are wanted, from 0 to {:g}", name, given, longest_time_s));
}

BadLine no_count(std::string_view name, std::string_view given) {
  return BadLine(
      fmt::format("{} = {}, but a whole number is wanted, from 1 to {}", name, given, most_slots));
}

/// Those of one moment stay as they are. Sorts keys, as a job is dear to move.
std::vector<Job> in_order_of_submission(std::deque<Job> jobs) {
  std::vector<std::pair<double, std::size_t>> order;
  order.reserve(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) order.emplace_back(jobs[i].submit.value(), i);
  std::sort(order.begin(), order.end());
  std::vector<Job> sorted;
  sorted.reserve(jobs.size());
  for (const auto& [submit_s, i] : order) sorted.push_back(std::move(jobs[i]));
  return sorted;
}

std::string quoted(std::string_view text) { return "'" + shown(text) + "'"; }

}  // namespace

std::int32_t Names::index(std::string_view name) {
  if (const auto known = indices_.find(name); known != indices_.end()) return known->second;
  const auto next = static_cast<std::int32_t>(names_->size());
  names_->emplace_back(name);
  indices_.emplace(name, next);
  return next;
}

void TraceDraft::bad_line(int line, std::string what) {
  ++trace.n_bad;
  if (trace.n_bad <= most_bad_lines_told)
    bad_lines_.push_back({{path_, line, 1}, std::move(what)});
  else if (trace.n_bad == most_bad_lines_told + 1)
    first_untold_line_ = line;
}

Trace TraceDraft::finish(Diagnostics& diagnostics, std::vector<Diagnostic>* skipped) {
  if (const auto n_untold = trace.n_bad - most_bad_lines_told; n_untold > 0)
    bad_lines_.push_back({{path_, first_untold_line_, 1}, fmt::format("and {} more", n_untold)});
  if (failures_.empty() && jobs.empty() && (options_.skip_bad || trace.n_bad == 0))
    fail(0, trace.n_bad == 0 ? "there is no job in it" : "there is no job in it that can be used");
  for (auto& failure : failures_) diagnostics.error(failure.where, std::move(failure.what));
  if (!options_.skip_bad)
    for (auto& bad : bad_lines_) diagnostics.error(bad.where, std::move(bad.what));
  else if (skipped != nullptr)
    *skipped = std::move(bad_lines_);

  trace.jobs = in_order_of_submission(std::move(jobs));
  return std::move(trace);
}

std::string shown(std::string_view text, std::size_t longest) {
  std::string copy(text.substr(0, longest));
  for (char& c : copy)
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '?';
  return text.size() > longest ? copy + "..." : copy;
}

double number_in(std::string_view column, std::string_view text) {
  const auto value = finite_number(text);
  if (!value) throw BadLine(fmt::format("{} = {}, but a number is wanted", column, quoted(text)));
  return *value;
}

Seconds time_in(std::string_view column, std::string_view text) {
  const auto value = finite_number(text);
  if (!value || !is_time(*value)) throw no_time(column, quoted(text));
  return seconds(*value);
}

std::int64_t count_in(std::string_view column, std::string_view text) {
  const auto value = finite_number(text);
  if (!value || !is_count(*value)) throw no_count(column, quoted(text));
  return static_cast<std::int64_t>(*value);
}

Seconds time_of(std::string_view name, double value_s) {
  if (!is_time(value_s)) throw no_time(name, fmt::format("{:g}", value_s));
  return seconds(value_s);
}

std::int64_t count_of(std::string_view name, double value) {
  if (!is_count(value)) throw no_count(name, fmt::format("{:g}", value));
  return static_cast<std::int64_t>(value);
}

}  // namespace longhaul::scheduling
