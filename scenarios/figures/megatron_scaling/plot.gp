# 3.4 in x 3.0 in
# Rows of the published table in its order, which is that of the axes.
array Gpus[20]
array Step[20]
n = 0
stats published using (n = n + 1, Gpus[n] = column('gpus'), Step[n] = column('step_s'), 0) nooutput
longer(i) = column('run.gpus') == Gpus[i] ? 100 * (column('step_s') / Step[i] - 1) : NaN

set multiplot
set lmargin at screen 0.17
set rmargin at screen 0.955
set logscale x
set logscale x2
set xrange [27:3650]
set x2range [27:3650]
unset key

set border 7
set tmargin at screen 0.84
set bmargin at screen 0.42
set x2tics rotate by 90 scale 0.6 offset 0,-0.2 font ',7' ('1.7B' 32, '3.6B' 64, '7.5B' 128, \
  '18B' 256, '39B' 512, '76B' 1024, '146B' 1536, '310B' 1920, '530B' 2520, '1T' 3072)
set xtics ('' 32, '' 64, '' 128, '' 256, '' 512, '' 1024, '' 1536, '' 1920, '' 2520, '' 3072)
set yrange [0.28:0.42]
set ytics 0.05
set label 'MFU [0–1]' at screen 0.028, screen 0.63 center rotate
set label 'measured' at 720, 0.324 left
set label 'simulated' at 700, 0.368 right tc lt 2
set label 'parameters' at screen 0.55, screen 0.97 center
plot published using 'gpus':'mfu' with linespoints lt 1, \
     data using 'run.gpus':'mfu' with linespoints lt 2

unset label
unset x2tics
set border 3
set tmargin at screen 0.37
set bmargin at screen 0.15
set xtics ('32' 32, '64' 64, '128' 128, '256' 256, '512' 512, '1,024' 1024, '' 1536, '' 1920, '' 2520, \
  '3,072' 3072)
set yrange [-8:8]
set ytics ('–5' -5, '0' 0, '5' 5)
set label 'step error [%]' at screen 0.028, screen 0.26 center rotate
set xlabel 'A100 GPUs' offset 0,0.5
plot 0 lt 1 lw 0.75, \
     data using 'run.gpus':(longer(int($0) + 1)) with impulses lt 2 dt solid lw 1, \
     data using 'run.gpus':(longer(int($0) + 1)) with points lt 2
unset multiplot
