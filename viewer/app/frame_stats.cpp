#include "viewer/app/frame_stats.hpp"

#include <algorithm>
#include <numeric>

#include "viewer/app/words.hpp"

namespace strates::viewer {

double FrameStats::per_second() const {
  const double sum = std::accumulate(times_.begin(), times_.end(), 0.0);
  return sum > 0 ? static_cast<double>(times_.size()) / sum : 0;
}

std::string FrameStats::sentence() const {
  if (times_.empty()) return said(AppText::AppFrames, 0, 0.0, 0.0, 0.0, 0.0);
  std::vector<double> sorted = times_;
  std::sort(sorted.begin(), sorted.end());
  const double mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(sorted.size());
  const double most = sorted[(sorted.size() * 95 - 1) / 100];
  return said(AppText::AppFrames, sorted.size(), per_second(), mean * 1000, most * 1000, sorted.back() * 1000);
}

}  // namespace strates::viewer
