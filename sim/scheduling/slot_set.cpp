#include "scheduling/slot_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace longhaul::scheduling {

namespace {

constexpr std::uint64_t all = ~std::uint64_t{0};

/// Bits `low` to `high` of a word, both included.
std::uint64_t bits(std::int64_t low, std::int64_t high) {
  return (all >> (63 - (high - low))) << low;
}

}  // namespace

std::int64_t count(const Slots& slots) {
  std::int64_t n = 0;
  for (const auto& range : slots) n += range.last - range.first + 1;
  return n;
}

void append(Slots& slots, SlotRange range) {
  if (!slots.empty() && slots.back().last + 1 == range.first)
    slots.back().last = range.last;
  else
    slots.push_back(range);
}

std::string to_string(const Slots& slots) {
  std::string text;
  for (const auto& [first, last] : slots) {
    if (!text.empty()) text += ' ';
    text += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return text;
}

SlotSet::SlotSet(std::int64_t size)
    : size_(size), words_(static_cast<std::size_t>((size + 63) / 64)) {}

template <class Change>
void SlotSet::change(SlotRange range, Change change_word) {
  for (std::int64_t word = range.first / 64; word <= range.last / 64; ++word) {
    auto& bits_there = words_[static_cast<std::size_t>(word)];
    const std::int64_t base = word * 64;
    const auto mask = bits(std::max<std::int64_t>(range.first - base, 0),
                           std::min<std::int64_t>(range.last - base, 63));
    const auto after = change_word(bits_there, mask);
    count_ += std::popcount(after) - std::popcount(bits_there);
    bits_there = after;
  }
}

std::int64_t SlotSet::count_in(SlotRange range) const {
  std::int64_t n = 0;
  for (std::int64_t word = range.first / 64; word <= range.last / 64; ++word) {
    const std::int64_t base = word * 64;
    n += std::popcount(words_[static_cast<std::size_t>(word)] &
                       bits(std::max<std::int64_t>(range.first - base, 0),
                            std::min<std::int64_t>(range.last - base, 63)));
  }
  return n;
}

bool SlotSet::contains(const Slots& slots) const {
  return std::all_of(slots.begin(), slots.end(), [&](const SlotRange& range) {
    return count_in(range) == range.last - range.first + 1;
  });
}

void SlotSet::add(SlotRange range) {
  change(range, [](std::uint64_t word, std::uint64_t mask) { return word | mask; });
}

void SlotSet::remove(SlotRange range) {
  change(range, [](std::uint64_t word, std::uint64_t mask) { return word & ~mask; });
}

void SlotSet::add(const Slots& slots) {
  for (const auto& range : slots) add(range);
}

void SlotSet::remove(const Slots& slots) {
  for (const auto& range : slots) remove(range);
}

void SlotSet::keep(const SlotSet& other) {
  count_ = 0;
  for (std::size_t word = 0; word < words_.size(); ++word) {
    words_[word] &= other.words_[word];
    count_ += std::popcount(words_[word]);
  }
}

Slots SlotSet::lowest(std::int64_t n, std::int64_t from) const {
  Slots slots;
  for (std::int64_t word = from / 64; n > 0 && word < static_cast<std::int64_t>(words_.size());
       ++word) {
    auto left = words_[static_cast<std::size_t>(word)];
    if (word == from / 64) left &= all << (from % 64);
    // Runs of set bits, one after the other.
    while (left != 0 && n > 0) {
      const int first = std::countr_zero(left);
      const auto run = std::min<std::int64_t>(std::countr_one(left >> first), n);
      const auto start = static_cast<std::int32_t>(word * 64 + first);
      append(slots, {start, start + static_cast<std::int32_t>(run) - 1});
      n -= run;
      left &= ~bits(first, first + run - 1);
    }
  }
  return slots;
}

}  // namespace longhaul::scheduling
