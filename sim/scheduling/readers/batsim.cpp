// Batsim's workloads: {"nb_res": 4, "jobs": [{"id", "subtime", "res", "profile", "walltime"}, ...],
// "profiles": {"name": {"type": "delay", "delay": 10.0}, ...}} [Dutot+, JSSPP'16].
#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduling/readers/formats.hpp"
#include "scheduling/readers/json_events.hpp"

namespace longhaul::scheduling {

namespace {

struct Profile {
  std::string type;              ///< empty: not told
  std::optional<Seconds> delay;  ///< where it is a delay
  std::string problem;           ///< with its delay
};

/// A job whose profile may come later in the file.
struct Asked {
  Job job;
  std::int32_t profile = 0;
  int line = 0;
};

class Workload : public JsonEvents {
 public:
  explicit Workload(TraceDraft& draft) : draft_(&draft) {}

  void begin(int depth, int line) override {
    if (depth == 1) {
      section_ = key_;
      if (section_ == "jobs") has_jobs_ = true;
    } else if (depth == 2 && section_ == "jobs") {
      job_ = {};
      job_line_ = line;
    } else if (depth == 2 && section_ == "profiles") {
      profile_ = &profile_named(key_);
      *profile_ = {};
    }
  }

  void end(int depth) override {
    if (depth == 1) section_.clear();
    if (depth == 2 && section_ == "jobs") end_job();
    if (depth == 2) profile_ = nullptr;
  }

  void key(int depth, std::string_view name) override {
    if (depth <= 3) key_ = name;
  }

  void value(int depth, int line, const JsonValue& value) override {
    try {
      if (depth == 1 && key_ == "nb_res")
        draft_->trace.machines = count_of(key_, json_number(key_, value));
      if (depth == 2 && section_ == "jobs") throw BadLine("a job is an object, {\"id\": 1, ...}");
    } catch (const BadLine& bad) {
      draft_->bad_line(line, bad.what());
    }
    if (depth != 3) return;
    if (section_ == "jobs") job_value(value);
    if (profile_ != nullptr) profile_value(value);
  }

  void finish() {
    if (!has_jobs_) draft_->fail(0, "there is no list of jobs in it, \"jobs\": [...]");
    for (auto& asked : asked_) {
      try {
        asked.job.run_time = run_time_of(asked.profile);
        draft_->jobs.push_back(std::move(asked.job));
      } catch (const BadLine& bad) {
        draft_->bad_line(asked.line, bad.what());
      }
    }
  }

 private:
  /// What has been said of the job that is being read.
  struct Fields {
    std::optional<std::string> id;
    std::optional<std::string> profile;
    std::optional<Seconds> submit, walltime;
    std::optional<std::int64_t> slots;
    std::string problem;  ///< the first
  };

  Profile& profile_named(std::string_view name) {
    const auto index = static_cast<std::size_t>(profile_numbers_.index(name));
    if (index >= profiles_.size()) profiles_.resize(index + 1);
    return profiles_[index];
  }

  void job_value(const JsonValue& value) {
    try {
      if (key_ == "id") job_.id = id_of(value);
      if (key_ == "subtime") job_.submit = time_of(key_, json_number(key_, value));
      if (key_ == "res") job_.slots = count_of(key_, json_number(key_, value));
      if (key_ == "walltime") job_.walltime = walltime_of(value);
      if (key_ == "profile") {
        const auto* name = std::get_if<std::string_view>(&value);
        if (name == nullptr) throw BadLine("profile is no text");
        job_.profile = *name;
      }
    } catch (const BadLine& bad) {
      if (job_.problem.empty()) job_.problem = bad.what();
    }
  }

  static std::string id_of(const JsonValue& value) {
    if (const auto* text = std::get_if<std::string_view>(&value)) return std::string(*text);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    throw BadLine("id is neither a whole number nor a text");
  }

  static std::optional<Seconds> walltime_of(const JsonValue& value) {
    if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
    const double value_s = json_number("walltime", value);
    if (value_s < 0) return std::nullopt;
    if (value_s == 0) throw BadLine("walltime = 0, but more is wanted, or -1 for none");
    return time_of("walltime", value_s);
  }

  void profile_value(const JsonValue& value) {
    if (key_ == "type") {
      const auto* name = std::get_if<std::string_view>(&value);
      profile_->type = name != nullptr ? *name : "";
    } else if (key_ == "delay") {
      try {
        profile_->delay = time_of(key_, json_number(key_, value));
      } catch (const BadLine& bad) {
        profile_->problem = bad.what();
      }
    }
  }

  void end_job() {
    const char* missing = !job_.id        ? "id"
                          : !job_.submit  ? "subtime"
                          : !job_.slots   ? "res"
                          : !job_.profile ? "profile"
                                          : nullptr;
    if (!job_.problem.empty()) return draft_->bad_line(job_line_, job_.problem);
    if (missing != nullptr)
      return draft_->bad_line(job_line_, fmt::format("the job has no \"{}\"", missing));
    Asked asked;
    asked.line = job_line_;
    asked.profile = profile_numbers_.index(*job_.profile);
    asked.job.name = std::move(*job_.id);
    asked.job.submit = *job_.submit;
    asked.job.slots = *job_.slots;
    // Batsim's users ask for a time and are killed then.
    asked.job.estimate = asked.job.limit = job_.walltime;
    asked_.push_back(std::move(asked));
  }

  Seconds run_time_of(std::int32_t number) const {
    const auto index = static_cast<std::size_t>(number);
    const std::string name = shown(profile_names_[index]);
    const Profile profile = index < profiles_.size() ? profiles_[index] : Profile{};
    if (profile.type.empty())
      throw BadLine(fmt::format("profile '{}' is not among the profiles, or has no type", name));
    if (profile.type != "delay")
      throw BadLine(
          fmt::format("profile '{}' is of type '{}'; only a delay has a run time of its own", name,
                      shown(profile.type)));
    if (!profile.problem.empty())
      throw BadLine(fmt::format("profile '{}': {}", name, profile.problem));
    if (!profile.delay) throw BadLine(fmt::format("profile '{}' has no \"delay\"", name));
    return *profile.delay;
  }

  TraceDraft* draft_;
  bool has_jobs_ = false;
  std::string section_;  ///< key of the outermost object that is being read
  std::string key_;      ///< the last, down to those of a job
  Fields job_;
  int job_line_ = 0;
  std::vector<Asked> asked_;
  std::vector<std::string> profile_names_;
  Names profile_numbers_{profile_names_};
  std::vector<Profile> profiles_;
  Profile* profile_ = nullptr;  ///< that is being read
};

void read_batsim(TraceDraft& draft) {
  Workload workload(draft);
  read_json(draft.path(), draft, workload);
  workload.finish();
}

bool recognises_batsim(const TraceHead& head) {
  return head.extension == ".json" || head.first_line.starts_with('{');
}

}  // namespace

const Format batsim_format{
    {"batsim", "Batsim's JSON workload, profiles of type delay"}, recognises_batsim, read_batsim};

}  // namespace longhaul::scheduling
