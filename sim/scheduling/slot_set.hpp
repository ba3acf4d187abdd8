// Sets of slots: which are free, which a job has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace longhaul::scheduling {

/// Slots `first` to `last`, both included.
struct SlotRange {
  std::int32_t first = 0;
  std::int32_t last = 0;
  bool operator==(const SlotRange&) const = default;
};

/// What a job has: ranges in ascending order that do not touch.
using Slots = std::vector<SlotRange>;

std::int64_t count(const Slots& slots);
/// Adds a range above all those that are there.
void append(Slots& slots, SlotRange range);
/// "0-3 7"
std::string to_string(const Slots& slots);

/// A set of the slots 0 .. size-1 that many operations change: a bit a slot. Costs grow with
/// size/64, or with the slots named.
class SlotSet {
 public:
  SlotSet() = default;
  /// Empty.
  explicit SlotSet(std::int64_t size);

  std::int64_t size() const { return size_; }
  std::int64_t count() const { return count_; }
  /// Whether all of them are in.
  bool contains(const Slots& slots) const;
  std::int64_t count_in(SlotRange range) const;

  /// Slots that are in, or are not, already, count once.
  void add(SlotRange range);
  void add(const Slots& slots);
  void remove(SlotRange range);
  void remove(const Slots& slots);
  /// What is in both; of the same size.
  void keep(const SlotSet& other);
  bool operator==(const SlotSet&) const = default;

  /// The `n` lowest of those from `from` on, or all of them where there are fewer.
  Slots lowest(std::int64_t n, std::int64_t from = 0) const;

 private:
  template <class Change>
  void change(SlotRange range, Change change_word);

  std::int64_t size_ = 0;
  std::int64_t count_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace longhaul::scheduling
