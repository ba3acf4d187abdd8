# 3.4 in x 3.1 in
# Curves of data.csv by name; the closed form's walls as dashed lines below, the published ranges as bars.
law = ''
take(text) = (law = text, 0)
stats data using (strcol('curve') eq 'base' ? take(strcol('batch_law')) : NaN) nooutput
set title 'batch: '.law font ',6' noenhanced offset 0,-0.6
shown(name) = strcol('curve') eq name && column('utilisation') > 0 ? 100 * column('utilisation') : NaN
closed(name) = strcol('curve') eq name ? column('closed_form_flop') : NaN
array names[4] = ['base', 'latency halved', 'batch as sqrt(D)', 'depth halved']
array titles[4] = ['published assumptions', 'latency halved', 'batch as D^{1/2}', 'depth halved']
array styles[4] = [1, 2, 4, 5]
array wall[5]
do for [i=1:4] {
  stats data using (closed(names[i])) nooutput
  wall[i] = STATS_mean
}
stats data using (closed('60M at 1.8T')) nooutput
wall[5] = STATS_mean

set logscale x
set xrange [1e24:1e33]
set xtics 1e24, 1000, 1e33 format '10^{%T}'
set yrange [0:95]
set ytics 0, 20, 60
set xlabel 'training compute [FLOP]' offset 0,0.4
set ylabel 'utilisation [% of peak]' offset 1.5,0
set key top left Left reverse samplen 2 width -4
do for [i=1:4] {
  set arrow i from wall[i], 0 to wall[i], 9 nohead lt styles[i]
}
set arrow 5 from wall[5], 0 to wall[5], 9 nohead dt 2 lc rgb '#000000'
set object 1 rect from 1e28, 0 to 2e28, 60 fc rgb '#C8C8C8' fs solid 0.6 noborder behind
set object 2 rect from 1e31, 0 to 2e31, 60 fc rgb '#C8C8C8' fs solid 0.6 noborder behind
set label 1 'published knee' at 1.4e28, 61 center font ',6'
set label 2 'and wall' at 1.4e31, 61 center font ',6'
plot for [i=1:4] data using 'flop':(shown(names[i])) with lines lt styles[i] title titles[i], \
     data using 'flop':(shown('60M at 1.8T')) with lines dt 3 lw 1.5 lc rgb '#000000' title 'published, batch of 60M at 1.8T'
