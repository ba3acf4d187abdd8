#include "experiment/sweep_run.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "engine/forked.hpp"
#include "experiment/point.hpp"
#include "experiment/sweep_queue.hpp"

namespace longhaul::experiment {

namespace {

constexpr int most_attempts = 3;  // at a point whose worker is killed
constexpr int between_looks_ms = 100;

/// What tells whether a file was written to.
struct FileState {
  explicit FileState(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return;
    inode = status.st_ino;
    size = status.st_size;
    written_s = status.st_mtim.tv_sec;
    written_ns = status.st_mtim.tv_nsec;
  }
  ino_t inode = 0;
  off_t size = -1;
  time_t written_s = 0;
  long written_ns = 0;
  friend bool operator==(const FileState&, const FileState&) = default;
};

/// The workers and what each is doing.
class Sweeper {
 public:
  Sweeper(const SweepPlan& plan, StoreWriter& store, const SweepOptions& options,
          const SweepObserver& observer)
      : plan_(plan),
        store_(store),
        options_(options),
        observer_(observer),
        queue_(plan, store, options.shard),
        workers_(static_cast<std::size_t>(options.n_workers)) {
    progress_.before = queue_.before();
    for (const auto& file : options.files) files_.emplace_back(file);
  }

  ~Sweeper() {
    for (auto& worker : workers_)
      if (worker.process && worker.point) worker.process->kill();
  }
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

  SweepProgress run() {
    hand_out();
    while (n_busy() > 0) {
      if (observer_.go_on && !observer_.go_on()) {
        progress_.interrupted = true;
        break;
      }
      wait();
      hand_out();
      tell();
    }
    return progress_;
  }

 private:
  struct Worker {
    std::unique_ptr<engine::ForkedServer> process;
    std::optional<PointId> point;  // in flight
    bool unfit = false;            // there is no process for it
    std::int64_t last = -1;        // combination
  };

  int n_busy() const {
    int n = 0;
    for (const auto& worker : workers_) n += worker.point ? 1 : 0;
    return n;
  }

  void hand_out() {
    for (auto& worker : workers_)
      while (!worker.point && !worker.unfit) {
        const auto point = queue_.next(worker.last);
        if (!point) return;
        worker.point = point;
        worker.last = point->combination;
        ask(worker);
      }
  }

  /// Sends a worker its point; a process that is gone is replaced.
  void ask(Worker& worker) {
    if (!worker.process && !start(worker)) return;
    const auto request =
        point_request(plan_.assignments(worker.point->combination, worker.point->repeat));
    try {
      worker.process->post(request);
    } catch (const engine::ChildEnded& end) {
      lost(worker, end);
    }
  }

  /// Forks a process. Where none can be had the other workers go on without this one.
  bool start(Worker& worker) {
    try {
      worker.process = std::make_unique<engine::ForkedServer>(
          [server = std::make_shared<PointServer>(options_.scenario, options_.assignments,
                                                  plan_.sweep().simulate)](
              const std::string& request) { return server->answer(request); });
      return true;
    } catch (const std::system_error&) {
      worker.unfit = true;
      if (std::all_of(workers_.begin(), workers_.end(),
                      [](const Worker& other) { return other.unfit; }))
        throw;
      queue_.put_back(*worker.point);
      worker.point.reset();
      return false;
    }
  }

  void check_files() const {
    for (std::size_t i = 0; i < files_.size(); ++i)
      if (!(FileState(options_.files[i]) == files_[i]))
        throw StoreError(
            fmt::format("{} was changed while the sweep ran; points from before are "
                        "stored",
                        options_.files[i]));
  }

  /// Waits for answers and stores all that are there.
  void wait() {
    std::vector<pollfd> fds;
    std::vector<Worker*> asked;
    for (auto& worker : workers_) {
      if (!worker.point) continue;
      fds.push_back({worker.process->answer_fd(), POLLIN, 0});
      asked.push_back(&worker);
    }
    if (poll(fds.data(), fds.size(), between_looks_ms) < 0) {
      if (errno == EINTR) return;
      throw std::system_error(errno, std::generic_category(), "waiting for workers");
    }
    std::vector<StoredPoint> points;
    for (std::size_t i = 0; i < fds.size(); ++i)
      if (fds[i].revents != 0) collect(*asked[i], points);
    if (points.empty()) return;
    check_files();
    store_.add(points);
    for (const auto& point : points) {
      ++progress_.done;
      if (!point.result.error.empty()) ++progress_.failed;
      queue_.finished({point.combination, point.repeat});
    }
  }

  void collect(Worker& worker, std::vector<StoredPoint>& points) {
    try {
      const auto answer = worker.process->collect();
      if (answer.empty()) {  // it holds another platform
        worker.process.reset();
        ask(worker);
        return;
      }
      points.push_back(stored(worker, point_result(answer)));
    } catch (const engine::ChildEnded& end) {
      if (end.killed()) {
        lost(worker, end);
        return;
      }
      worker.process.reset();
      PointResult result;
      result.error = end.what();
      points.push_back(stored(worker, std::move(result)));
    }
    worker.point.reset();
  }

  StoredPoint stored(const Worker& worker, PointResult result) const {
    const auto [combination, repeat] = *worker.point;
    return {combination, repeat, plan_.seed(combination, repeat), plan_.combination(combination),
            std::move(result)};
  }

  /// The worker was killed: its point is done again, unless that happens over and over.
  void lost(Worker& worker, const engine::ChildEnded&) {
    const auto point = *worker.point;
    worker.process.reset();
    worker.point.reset();
    worker.last = -1;
    if (++attempts_[point] < most_attempts) {
      queue_.put_back(point);
      return;
    }
    ++progress_.missing;
    queue_.finished(point);
  }

  void tell() {
    progress_.left = queue_.left();
    if (observer_.on_progress) observer_.on_progress(progress_);
  }

  const SweepPlan& plan_;
  StoreWriter& store_;
  const SweepOptions& options_;
  const SweepObserver& observer_;
  SweepQueue queue_;
  std::vector<FileState> files_;
  std::vector<Worker> workers_;
  std::map<PointId, int> attempts_;
  SweepProgress progress_;
};

}  // namespace

SweepProgress run_sweep(const SweepPlan& plan, StoreWriter& store, const SweepOptions& options,
                        const SweepObserver& observer) {
  const auto progress = Sweeper(plan, store, options, observer).run();
  if (!progress.interrupted && progress.missing == 0) store.finish();
  return progress;
}

}  // namespace longhaul::experiment
